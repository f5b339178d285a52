#include "openbar/register_access.hpp"

#include "recording_registers.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace openbar::test {
namespace {

struct Plain : Register<0x20, std::uint32_t> {
    using Upper = Field<31, 16>;
    using Go = Flag<7>;
};
struct Wide : Register<0x28, std::uint64_t> {};
struct Half : Register<0x30, std::uint16_t> {};
struct Byte : Register<0x33, std::uint8_t> {};
struct Command : Register<0x34, std::uint32_t, WriteOnly> {};
struct WithReset : Register<0x38, std::uint32_t, ResetValue<0x8040>> {
    using Go = Flag<7>;
};
struct Events : Register<0x40, std::uint32_t, WriteOneToClear<15, 8>> {
    using Overrun = Flag<8>;
    using Underrun = Flag<9>;
    using Mode = Field<1, 0>;
};
struct Doorbell : Register<0x44, std::uint32_t, WriteOnlyBits<31>> {
    using Ring = Flag<31>;
    using Mode = Field<1, 0>;
};
struct Reserved : Register<0x48, std::uint32_t, ReservedZero<31, 24>, ReservedOne<1>> {
    using Mode = Field<5, 4>;
};
struct Swapped : Register<0x4c, std::uint32_t, BigEndian> {
    using Low = Field<7, 0>;
};

TEST(Registers, read_is_one_load_of_the_registers_width) {
    RecordingRegisters registers;
    registers.content[0x20] = 0x12345678;
    EXPECT_EQ(registers.read<Plain>().value(), 0x12345678u);
    (void)registers.read<Wide>();
    (void)registers.read<Half>();
    (void)registers.read<Byte>();
    EXPECT_EQ(registers.accesses,
              (Accesses{"load32 0x20", "load64 0x28", "load16 0x30", "load8 0x33"}));
}

TEST(Registers, write_is_one_store_and_never_reads) {
    RecordingRegisters registers;
    registers.write<Plain>(10);
    registers.write<Wide>(0xffff'ffff'0000'0001);
    registers.write<Half>(7);
    registers.write<Byte>(0xff);
    registers.write<Command>(1);
    EXPECT_EQ(registers.accesses,
              (Accesses{"store32 0x20 0xa", "store64 0x28 0xffffffff00000001", "store16 0x30 0x7",
                        "store8 0x33 0xff", "store32 0x34 0x1"}));
}

TEST(Registers, write_takes_an_image_that_was_read) {
    RecordingRegisters registers;
    registers.content[0x20] = 0x1;
    Value<Plain> image = registers.read<Plain>();
    image.set<Plain::Upper>(2);
    registers.write<Plain>(image);
    EXPECT_EQ(registers.accesses, (Accesses{"load32 0x20", "store32 0x20 0x20001"}));
}

TEST(Registers, write_builds_an_image_from_zero) {
    RecordingRegisters registers;
    registers.content[0x20] = 0xffffffff;
    registers.write<Plain>([](auto& r) { r.set(Plain::Go{}); });
    EXPECT_EQ(registers.accesses, Accesses{"store32 0x20 0x80"});
}

TEST(Registers, write_builds_an_image_from_the_reset_value_where_there_is_one) {
    RecordingRegisters registers;
    registers.write<WithReset>([](auto& r) { r.set(WithReset::Go{}); });
    EXPECT_EQ(registers.accesses, Accesses{"store32 0x38 0x80c0"});
}

TEST(Registers, modify_keeps_what_it_is_not_told_to_change) {
    RecordingRegisters registers;
    registers.content[0x20] = 0xabcd0041;
    registers.modify<Plain>([](auto& r) { r.set(Plain::Go{}); });
    EXPECT_EQ(registers.accesses, (Accesses{"load32 0x20", "store32 0x20 0xabcd00c1"}));
}

TEST(Registers, modify_clears_no_event_by_accident) {
    RecordingRegisters registers;
    registers.content[0x40] = 0x0300;
    registers.modify<Events>([](auto& r) { r.set(Events::Mode{}, 2); });
    EXPECT_EQ(registers.content[0x40], 0x0002u);
}

TEST(Registers, modify_clears_the_event_that_it_is_told_to) {
    RecordingRegisters registers;
    registers.content[0x40] = 0x0301;
    registers.modify<Events>([](auto& r) { r.clear(Events::Underrun{}); });
    EXPECT_EQ(registers.content[0x40], 0x0201u);
}

TEST(Registers, modify_does_not_write_back_what_write_only_bits_read) {
    RecordingRegisters registers;
    registers.content[0x44] = 0x80000001;
    registers.modify<Doorbell>([](auto& r) { r.set(Doorbell::Mode{}, 3); });
    EXPECT_EQ(registers.content[0x44], 0x3u);
    registers.modify<Doorbell>([](auto& r) { r.set(Doorbell::Ring{}); });
    EXPECT_EQ(registers.content[0x44], 0x80000003u);
}

TEST(Registers, reserved_bits_are_written_as_the_data_sheet_says) {
    RecordingRegisters registers;
    registers.content[0x48] = 0xff000000;
    registers.modify<Reserved>([](auto& r) { r.set(Reserved::Mode{}, 1); });
    EXPECT_EQ(registers.content[0x48], 0x00000012u);
    registers.write<Reserved>(0xffffffff);
    EXPECT_EQ(registers.content[0x48], 0x00ffffffu);
    registers.write<Reserved>(0);
    EXPECT_EQ(registers.content[0x48], 0x00000002u);
}

TEST(Registers, big_endian_registers_are_swapped_on_the_bus_and_numbers_in_the_program) {
    RecordingRegisters registers;
    registers.content[0x4c] = 0x78563412;
    EXPECT_EQ(registers.read<Swapped>().value(), 0x12345678u);
    registers.modify<Swapped>([](auto& r) { r.set(Swapped::Low{}, 0xff); });
    EXPECT_EQ(registers.content[0x4c], 0xff563412u);
}

// The same code for every access; in a template, registers are named by values.
void work(const RegisterAccess auto& registers) {
    registers.write(Plain{}, registers.read(Plain{}).value() + 1);
    registers.modify(Plain{}, [](auto& r) { r.set(Plain::Go{}); });
}

TEST(Registers, code_is_written_once_over_the_concept) {
    RecordingRegisters registers;
    work(registers);
    EXPECT_EQ(registers.accesses,
              (Accesses{"load32 0x20", "store32 0x20 0x1", "load32 0x20", "store32 0x20 0x81"}));
    EXPECT_TRUE(registers.status());
}

}  // namespace
}  // namespace openbar::test
