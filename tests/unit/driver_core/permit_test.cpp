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

Status start_fixed_anywhere(RangeKind kind, std::uint64_t start, std::uint64_t length,
                            const std::vector<std::uint8_t>* mcfg = nullptr) {
    Machine machine({.start = false});
    machine.kernel.has_configuration = false;
    if (mcfg != nullptr) machine.kernel.mcfg = *mcfg;
    machine.resources.kind = DeviceKind::fixed_resources;  // the permit has every range
    machine.resources.range_count = 1;
    machine.resources.ranges[0] = {kind, false, start, start, length};
    return machine.start();
}

TEST(MachineMemory, is_not_a_boards_whatever_the_image_says) {
    const std::pair<std::uint64_t, std::uint64_t> ports[]{
        {0x20, 2}, {0x60, 1},  {0x64, 1},  {0x70, 2},  {0xa0, 2}, {0xb2, 2},
        {0xf8, 9}, {0x4d0, 1}, {0x4c8, 9}, {0xcf8, 8}, {0xcff, 1}};
    for (const auto& [start, length] : ports)
        EXPECT_EQ(start_fixed_anywhere(RangeKind::port, start, length), Status::policy)
            << std::hex << start;
    for (const std::uint64_t free : {0x100, 0x300, 0x378, 0x4d2, 0xcf0, 0xd00})
        EXPECT_EQ(start_fixed_anywhere(RangeKind::port, free, 8), Status::ok) << std::hex << free;
    const std::uint64_t memory[]{0xa0000,    0xe0000,    0xf0000,    0xfec00000, 0xfed00000,
                                 0xfed40000, 0xfed80000, 0xfee00000, 0xff000000, 0xfffff000};
    for (const std::uint64_t start : memory)
        EXPECT_EQ(start_fixed_anywhere(RangeKind::memory, start, 0x1000), Status::policy)
            << std::hex << start;
    for (const std::uint64_t free : {0xc0000ull, 0xd0000ull, 0xf00000ull, 0xfe000000ull})
        EXPECT_EQ(start_fixed_anywhere(RangeKind::memory, free, 0x4000), Status::ok)
            << std::hex << free;
    EXPECT_EQ(start_fixed_anywhere(RangeKind::memory, 0xd0000, 0x10001), Status::policy);
}

TEST(MachineMemory, has_the_configuration_space_of_pci_express_where_the_firmware_says) {
    using Kernel = StandInKernel;
    const auto two = Kernel::mcfg_of({{0xb0000000, 0, 0x10, 0x1f}, {0x40'0000'0000, 1, 0, 0}});
    const auto start = [&](std::uint64_t at, std::uint64_t length) {
        return start_fixed_anywhere(RangeKind::memory, at, length, &two);
    };
    EXPECT_EQ(start(0xb0000000, 0x1000000), Status::ok) << "buses 0 to f are not there";
    EXPECT_EQ(start(0xb0000000, 0x1000001), Status::policy);
    EXPECT_EQ(start(0xb1ffffff, 1), Status::policy) << "the last byte";
    EXPECT_EQ(start(0xb2000000, 0x1000), Status::ok);
    EXPECT_EQ(start(0x40'0000'0000, 0x1000), Status::policy);
    EXPECT_EQ(start(0x40'0010'0000, 0x1000), Status::ok);
}

TEST(MachineMemory, may_be_anywhere_above_the_isa_bus_where_the_firmware_does_not_say) {
    using Kernel = StandInKernel;
    const std::vector<std::uint8_t> useless[]{{},
                                              Kernel::mcfg_of({}),
                                              Kernel::mcfg_of({{0xb0000000, 0, 1, 0}}),
                                              Kernel::mcfg_of({{UINT64_MAX - 0xfffff, 0, 0, 255}}),
                                              std::vector<std::uint8_t>(5000)};
    for (const auto& table : useless) {
        EXPECT_EQ(start_fixed_anywhere(RangeKind::memory, 0xd0000, 0x4000, &table), Status::ok);
        EXPECT_EQ(start_fixed_anywhere(RangeKind::memory, 0xfff000, 0x1000, &table), Status::ok);
        EXPECT_EQ(start_fixed_anywhere(RangeKind::memory, 0xfff000, 0x1001, &table),
                  Status::policy);
        EXPECT_EQ(start_fixed_anywhere(RangeKind::memory, 0xfe000000, 0x1000, &table),
                  Status::policy);
    }
}

}  // namespace
}  // namespace openbar::driver::test
