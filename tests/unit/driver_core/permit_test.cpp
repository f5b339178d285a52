// What an image may drive: what its signer has written into it, and nothing that is the machine's.
#include "machine.hpp"

namespace openbar::driver::test {
namespace {

TEST(Permit, an_image_that_nobody_has_filled_in_starts_for_nothing) {
    for (const bool fixed : {false, true})
        for (const bool there : {false, true}) {
            Machine machine({.start = false});
            if (fixed) {
                machine.kernel.has_configuration = false;
                machine.resources.kind = DeviceKind::fixed_resources;
            }
            machine.permit.function_count = machine.permit.range_count = 0;
            if (!there) machine.resources.permit = nullptr;
            EXPECT_EQ(machine.start(), Status::policy);
            machine.resources.range_count = 0;
            machine.resources.line_interrupt = false;
            EXPECT_EQ(machine.start(), Status::policy) << "nor for what has nothing";
        }
}

TEST(Permit, of_another_layout_counts_as_none) {
    for (int field = 0; field < 3; ++field) {
        Machine machine({.start = false});
        if (field == 0) machine.permit.size -= 8;
        if (field == 1) machine.permit.function_count = OPENBAR_MAX_PERMITTED + 1;
        if (field == 2) machine.permit.range_count = OPENBAR_MAX_PERMITTED + 1;
        EXPECT_EQ(machine.start(), Status::policy) << field;
    }
}

TEST(Permit, is_for_the_functions_named_and_no_others) {
    const struct {
        openbar_permitted_function permitted;
        Status expected;
    } cases[]{
        {{0x1234, 0x11e8, 0, 0, OPENBAR_ANY_SUBSYSTEM, 0}, Status::ok},
        {{0x1234, 0x11e8, 0x1af4, 0x0001, OPENBAR_THIS_SUBSYSTEM, 0}, Status::ok},
        {{0x1234, 0x11e8, 0x1af4, 0x0002, OPENBAR_THIS_SUBSYSTEM, 0}, Status::policy},
        {{0x1234, 0x11e8, 0x1af5, 0x0001, OPENBAR_THIS_SUBSYSTEM, 0}, Status::policy},
        {{0x1234, 0x11e9, 0, 0, OPENBAR_ANY_SUBSYSTEM, 0}, Status::policy},
        {{0x1235, 0x11e8, 0, 0, OPENBAR_ANY_SUBSYSTEM, 0}, Status::policy},
        {{0x1234, 0x11e8, 0, 0, 2, 0}, Status::policy},
    };
    for (const auto& [permitted, expected] : cases) {
        Machine machine({.start = false});
        machine.permit.functions[0] = permitted;
        EXPECT_EQ(machine.start(), expected) << permitted.device << permitted.subsystem;
    }
    Machine second({.start = false});
    second.permit.functions[1] = second.permit.functions[0];
    second.permit.functions[0] = {};
    second.permit.function_count = 2;
    EXPECT_EQ(second.start(), Status::ok);
}

TEST(Permit, is_looked_at_again_at_each_start) {
    Machine machine;
    machine.device->stop();
    machine.card.set_configuration(0x00, 4, 0x12341234);  // another card in the same slot
    EXPECT_EQ(machine.start(), Status::policy);
}

TEST(Permit, what_does_not_say_what_it_is_may_have_nothing) {
    Machine machine({.start = false});
    machine.kernel.has_configuration = false;
    machine.resources.range_count = 0;
    EXPECT_EQ(machine.start(), Status::policy) << "an interrupt line";
    machine.resources.line_interrupt = false;
    machine.resources.message_interrupts = 1;
    EXPECT_EQ(machine.start(), Status::policy) << "a message";
    machine.resources.message_interrupts = 0;
    EXPECT_EQ(machine.start(), Status::ok);
}

Status start_of_class(std::uint32_t class_and_subclass, std::uint32_t header_type = 0) {
    Machine machine({.start = false});
    machine.card.set_configuration(0x08, 4, class_and_subclass << 16);
    machine.card.set_configuration(0x0e, 1, header_type);
    return machine.start();
}

TEST(Permit, does_not_extend_to_what_is_part_of_the_machine) {
    for (std::uint32_t refused : {0x0600, 0x0601, 0x0604, 0x0800, 0x0801, 0x0802, 0x0803, 0x0804,
                                  0x0806, 0x0c05, 0x0c07, 0x0c80})
        EXPECT_EQ(start_of_class(refused), Status::policy) << std::hex << refused;
    for (std::uint32_t header : {1u, 2u, 0x7fu, 0x81u})
        EXPECT_NE(start_of_class(0xff00, header), Status::ok) << header;
}

TEST(Permit, extends_to_the_classes_that_fpga_cards_carry) {
    for (std::uint32_t allowed :
         {0x0500, 0x0580, 0x0680, 0x0805, 0x0880, 0x0c03, 0x1180, 0x1200, 0xff00})
        EXPECT_EQ(start_of_class(allowed), Status::ok) << std::hex << allowed;
    EXPECT_EQ(start_of_class(0xff00, 0x80), Status::ok) << "one of several functions";
}

TEST(Permit, lets_a_card_on_the_bus_only_where_an_iommu_is_known_to_confine_it) {
    for (const bool isolated : {false, true})
        for (const bool permitted : {false, true})
            for (std::uint32_t policy : {OPENBAR_DMA_OFF, OPENBAR_DMA_MESSAGES, OPENBAR_DMA_ON}) {
                Machine machine({.dma_policy = policy, .messages = 1, .start = false});
                machine.resources.dma_isolated = isolated;
                machine.permit.flags = permitted ? OPENBAR_PERMIT_DMA_WITHOUT_IOMMU : 0;
                ASSERT_EQ(machine.start(), Status::ok);
                Handle handle(machine);
                const bool may = isolated || permitted;
                EXPECT_EQ(handle.describe().dma_policy,
                          may ? policy : std::uint32_t{OPENBAR_DMA_OFF});
                EXPECT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, true),
                          may && policy == OPENBAR_DMA_ON ? Status::ok : Status::policy);
                EXPECT_EQ(handle.enable(0).status,
                          may && policy != OPENBAR_DMA_OFF ? Status::ok : Status::policy);
            }
}

Status start_fixed(RangeKind kind, std::uint64_t start, std::uint64_t length) {
    Machine machine({.start = false});
    machine.kernel.has_configuration = false;
    machine.resources.kind = DeviceKind::fixed_resources;
    machine.permit.range_count = 2;
    machine.permit.ranges[0] = {OPENBAR_PERMITTED_PORTS, 0, 0x378, 0x37f};
    machine.permit.ranges[1] = {OPENBAR_PERMITTED_MEMORY, 0, 0xd0000, 0xd3fff};
    machine.resources.range_count = 1;
    machine.resources.ranges[0] = {kind, false, start, start, length};
    machine.resources.line_interrupt = false;
    return machine.start();
}

TEST(Permit, is_for_the_ranges_named_and_no_others) {
    EXPECT_EQ(start_fixed(RangeKind::port, 0x378, 8), Status::ok);
    EXPECT_EQ(start_fixed(RangeKind::port, 0x37c, 4), Status::ok);
    EXPECT_EQ(start_fixed(RangeKind::port, 0x378, 9), Status::policy);
    EXPECT_EQ(start_fixed(RangeKind::port, 0x377, 8), Status::policy);
    EXPECT_EQ(start_fixed(RangeKind::memory, 0x378, 8), Status::policy);
    EXPECT_EQ(start_fixed(RangeKind::memory, 0xd0000, 0x4000), Status::ok);
    EXPECT_EQ(start_fixed(RangeKind::memory, 0xd0000, 0x4001), Status::policy);
    EXPECT_EQ(start_fixed(RangeKind::memory, 0xd1000, UINT64_MAX), Status::invalid) << "wraps";
}

}  // namespace
}  // namespace openbar::driver::test
