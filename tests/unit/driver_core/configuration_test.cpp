// The configuration space: what is read out of it, and what may be written.
#include "machine.hpp"

namespace openbar::driver::test {
namespace {

Status write_to(Handle& handle, std::uint64_t offset, std::uint16_t width) {
    return handle.program({write_step(OPENBAR_REGION_CONFIGURATION, offset, width, 0)}).status;
}

TEST(Configuration, its_header_is_closed_but_for_the_bits_that_hurt_nobody) {
    Machine machine;
    Handle handle(machine);
    for (std::uint64_t offset = 0; offset < 0x40; ++offset) {
        const bool open = (offset >= 6 && offset < 8) || offset == 0x0c || offset == 0x0d;
        EXPECT_EQ(write_to(handle, offset, 1), open ? Status::ok : Status::protected_bytes)
            << std::hex << offset;
    }
    EXPECT_EQ(write_to(handle, 4, 2), Status::protected_bytes) << "command";
    EXPECT_EQ(write_to(handle, 4, 4), Status::protected_bytes) << "command and status";
    EXPECT_EQ(write_to(handle, 0x10, 4), Status::protected_bytes) << "BAR 0";
}

TEST(Configuration, capabilities_of_the_operating_system_are_closed) {
    Machine machine({.start = false});
    machine.card.add_capability(0x40, 0x01);  // power management
    machine.card.add_capability(0x50, 0x05);  // MSI
    machine.card.add_msix(0x70, 2, 0, 0x2000);
    machine.card.add_express(0x80);
    machine.card.add_capability(0xd0, 0x55);  // not known
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    for (std::uint64_t offset :
         {0x40, 0x44, 0x50, 0x54, 0x64, 0x70, 0x74, 0x80, 0x88, 0xb8, 0xd0, 0xd4, 0xfc})
        EXPECT_EQ(write_to(handle, offset, 4), Status::protected_bytes) << std::hex << offset;
    for (std::uint64_t offset : {0x48, 0x4c, 0x68, 0x7c, 0xbc, 0xcc})
        EXPECT_EQ(write_to(handle, offset, 4), Status::ok) << std::hex << offset;
}

TEST(Configuration, the_vendors_own_capabilities_are_open) {
    Machine machine({.start = false});
    machine.card.add_capability(0x40, 0x09);
    machine.card.set_configuration(0x42, 1, 16);
    machine.card.add_express(0x60);
    machine.card.set_configuration(0x100, 4, 0x1201000b);  // vendor-specific, next at 0x120
    machine.card.set_configuration(0x104, 4, 0x01000000);  // 16 bytes long
    machine.card.set_configuration(0x120, 4, 0x00010001);  // error reporting
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    EXPECT_EQ(write_to(handle, 0x40, 4), Status::protected_bytes) << "id and link";
    EXPECT_EQ(write_to(handle, 0x44, 4), Status::ok);
    EXPECT_EQ(write_to(handle, 0x104, 4), Status::protected_bytes);
    EXPECT_EQ(write_to(handle, 0x108, 4), Status::ok);
    EXPECT_EQ(write_to(handle, 0x110, 4), Status::protected_bytes);
    EXPECT_EQ(write_to(handle, 0x124, 4), Status::protected_bytes);
    EXPECT_EQ(write_to(handle, 0xffc, 4), Status::protected_bytes);
    EXPECT_EQ(write_to(handle, 0x1000, 4), Status::range);
    EXPECT_EQ(write_to(handle, 0x44, 8), Status::unsupported);
}

TEST(Configuration, nobody_makes_virtual_functions) {
    Machine machine({.start = false});
    machine.card.add_express(0x60);
    machine.card.set_configuration(0x100, 4, 0x16010010);  // SR-IOV, next at 0x160
    machine.card.set_configuration(0x160, 4, 0x0001000f);  // address translation services
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    for (std::uint64_t offset = 0x100; offset < 0x170; offset += 2)
        EXPECT_EQ(write_to(handle, offset, 2), Status::protected_bytes) << std::hex << offset;
}

TEST(Configuration, a_list_of_capabilities_that_loops_is_survived) {
    Machine machine({.start = false});
    machine.card.add_capability(0x40, 0x55);
    machine.card.add_capability(0x60, 0x55);
    machine.card.set_configuration(0x61, 1, 0x40);
    machine.card.add_express(0x80);
    machine.card.set_configuration(0x81, 1, 0x40);
    machine.card.set_configuration(0x100, 4, 0x1001000b);  // its own successor
    EXPECT_EQ(machine.start(), Status::ok);
}

TEST(Configuration, functions_that_are_part_of_the_machine_are_closed_altogether) {
    for (std::uint32_t base : {0x05u, 0x06u, 0x08u}) {
        Machine machine({.start = false});
        machine.card.set_configuration(0x08, 4, base << 24 | 0x800000);
        ASSERT_EQ(machine.start(), Status::ok);
        Handle handle(machine);
        for (std::uint64_t offset = 0; offset < 256; offset += 4)
            ASSERT_EQ(write_to(handle, offset, 4), Status::protected_bytes) << base;
    }
}

TEST(Configuration, a_64_bit_bar_takes_two_slots) {
    Machine machine({.start = false});
    machine.card.set_configuration(0x10, 4, 0xfe00000c);
    machine.card.set_configuration(0x14, 4, 0x00000003);
    machine.card.set_configuration(0x18, 4, 0x0000c001);
    machine.card.set_configuration(0x1c, 4, 0xfd000400);
    machine.resources.ranges[0].raw = 0x3fe000000;
    machine.resources.ranges[0].start = 0x3fe000000;
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    const auto told = handle.describe();
    EXPECT_NE(told.regions[0].flags & OPENBAR_REGION_64BIT, 0u);
    EXPECT_EQ(told.regions[1].kind, OPENBAR_REGION_ABSENT);
    EXPECT_EQ(told.regions[2].kind, OPENBAR_REGION_PORT);
    EXPECT_EQ(told.regions[3].size, 256u);
}

TEST(Configuration, ranges_that_match_no_bar_are_numbered_by_order_but_not_with_an_msix_table) {
    for (bool has_table : {false, true}) {
        Machine machine({.start = false});
        for (auto& range : machine.resources.ranges) range.raw += 0x1'0000'0000;
        if (has_table) machine.card.add_msix(0x40, 2, 0, 0);
        EXPECT_EQ(machine.start(), has_table ? Status::device : Status::ok);
    }
}

TEST(Configuration, a_bus_that_does_not_answer_fails_the_step) {
    Machine machine;
    Handle handle(machine);
    machine.kernel.fail_always = "read_configuration";
    const auto answer = handle.program({read_step(OPENBAR_REGION_CONFIGURATION, 0, 4)});
    EXPECT_EQ(result_of(answer).status, static_cast<std::uint32_t>(OPENBAR_STATUS_DEVICE));
    machine.kernel.fail_always = "";
}

TEST(Reset, saves_and_restores_what_windows_had_configured) {
    Machine machine({.start = false});
    machine.card.add_express(0x80);
    machine.card.set_configuration(0x88, 2, 0x2830);
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    EXPECT_NE(handle.describe().capabilities & OPENBAR_CAN_RESET, 0u);
    const std::uint32_t bar = machine.card.read_configuration(0x10, 4);
    const std::uint32_t command = machine.card.read_configuration(0x04, 2);
    EXPECT_EQ(handle.reset(), Status::ok);
    EXPECT_EQ(machine.card.resets, 1u);
    EXPECT_EQ(machine.card.read_configuration(0x10, 4), bar);
    EXPECT_EQ(machine.card.read_configuration(0x04, 2), command);
    EXPECT_EQ(machine.card.read_configuration(0x88, 2), 0x2830u);
    EXPECT_EQ(handle.counters().resets, 1u);
}

TEST(Reset, puts_msi_and_the_msix_table_back_which_nobody_else_may_write) {
    Machine machine({.messages = 2, .start = false});
    machine.card.add_capability(0x40, 0x05);
    machine.card.set_configuration(0x44, 4, 0xfee00000);
    machine.card.add_msix(0x60, 2, 0, 0x3000);
    machine.card.add_express(0x80);
    for (std::uint64_t at = 0; at < 32; at += 4)
        machine.card.write(0, 0x3000 + at, 4, 0xfee01000 + at);
    ASSERT_EQ(machine.start(), Status::ok);
    machine.card.on_reset = [&] {
        machine.card.set_configuration(0x44, 4, 0);
        for (std::uint64_t at = 0; at < 32; at += 4) machine.card.write(0, 0x3000 + at, 4, 0);
    };
    Handle handle(machine);
    EXPECT_EQ(handle.reset(), Status::ok);
    EXPECT_EQ(machine.card.read_configuration(0x44, 4), 0xfee00000u);
    EXPECT_EQ(handle.describe().regions[0].flags & OPENBAR_REGION_HOLDS_MSIX_TABLE,
              static_cast<std::uint32_t>(OPENBAR_REGION_HOLDS_MSIX_TABLE));
    for (std::uint64_t at = 0; at < 32; at += 4)
        EXPECT_EQ(machine.card.read(0, 0x3000 + at, 4), 0xfee01000 + at);
}

TEST(Reset, is_refused_while_anything_may_touch_the_registers) {
    Machine machine({.messages = 1, .start = false});
    machine.card.add_express(0x80);
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    Handle neighbour(machine, &machine.other);
    const auto mapped = neighbour.map(0, 0, 4).as<openbar_mapping>();
    EXPECT_EQ(handle.reset(), Status::busy);
    EXPECT_EQ(neighbour.unmap(mapped.object), Status::ok);
    const auto vector = neighbour.enable(0).as<openbar_object>();
    EXPECT_EQ(handle.reset(), Status::busy);
    EXPECT_EQ(neighbour.reset(), Status::busy);
    EXPECT_EQ(neighbour.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector.object), Status::ok);
    EXPECT_EQ(handle.reset(), Status::ok);
}

TEST(Reset, of_a_function_that_does_not_come_back_is_told) {
    Machine machine({.start = false});
    machine.card.add_express(0x80);
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    machine.card.gone = true;
    EXPECT_EQ(handle.reset(), Status::device);
    machine.card.gone = false;
}

TEST(Reset, is_unsupported_without_function_level_reset) {
    Machine machine;
    Handle handle(machine);
    EXPECT_EQ(handle.reset(), Status::unsupported);
}

}  // namespace
}  // namespace openbar::driver::test
