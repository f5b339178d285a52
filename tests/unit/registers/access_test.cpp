#include "openbar/register_access.hpp"

#include "recording_registers.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace openbar::test {
namespace {

struct Plain : Register<Plain, 0x20, std::uint32_t> {
    struct Upper : Field<31, 16> {};
    struct Go : Flag<7> {};
};
struct Wide : Register<Wide, 0x28, std::uint64_t> {};
struct Half : Register<Half, 0x30, std::uint16_t> {};
struct Byte : Register<Byte, 0x33, std::uint8_t> {};
struct Command : Register<Command, 0x34, std::uint32_t, WriteOnly> {};
struct WithReset : Register<WithReset, 0x38, std::uint32_t, ResetValue<0x8040>> {
    struct Go : Flag<7> {};
};
struct Events : Register<Events, 0x40, std::uint32_t, WriteOneToClear<15, 8>> {
    struct Overrun : Flag<8> {};
    struct Underrun : Flag<9> {};
    struct Mode : Field<1, 0> {};
};
struct Doorbell : Register<Doorbell, 0x44, std::uint32_t, WriteOnlyBits<31>> {
    struct Ring : Flag<31> {};
    struct Mode : Field<1, 0> {};
};
struct Reserved : Register<Reserved, 0x48, std::uint32_t, ReservedZero<31, 24>, ReservedOne<1>> {
    struct Mode : Field<5, 4> {};
};
struct Swapped : Register<Swapped, 0x4c, std::uint32_t, BigEndian> {
    struct Low : Field<7, 0> {};
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
    image.set(Plain::Upper{2});
    registers.write<Plain>(image);
    EXPECT_EQ(registers.accesses, (Accesses{"load32 0x20", "store32 0x20 0x20001"}));
}

TEST(Registers, write_of_fields_starts_from_zero) {
    RecordingRegisters registers;
    registers.content[0x20] = 0xffffffff;
    registers.write<Plain>(Plain::Go{true});
    EXPECT_EQ(registers.accesses, Accesses{"store32 0x20 0x80"});
}

TEST(Registers, write_of_fields_starts_from_the_reset_value_if_there_is_one) {
    RecordingRegisters registers;
    registers.write<WithReset>(WithReset::Go{true});
    EXPECT_EQ(registers.accesses, Accesses{"store32 0x38 0x80c0"});
}

TEST(Registers, modify_keeps_what_it_is_not_told_to_change) {
    RecordingRegisters registers;
    registers.content[0x20] = 0xabcd0041;
    registers.modify<Plain>(Plain::Go{true});
    EXPECT_EQ(registers.accesses, (Accesses{"load32 0x20", "store32 0x20 0xabcd00c1"}));
}

TEST(Registers, modify_clears_no_event_by_accident) {
    RecordingRegisters registers;
    registers.content[0x40] = 0x0300;
    registers.modify<Events>(Events::Mode{2});
    EXPECT_EQ(registers.content[0x40], 0x0002u);
}

TEST(Registers, modify_clears_the_event_that_it_is_told_to) {
    RecordingRegisters registers;
    registers.content[0x40] = 0x0301;
    registers.modify<Events>(openbar::clear<Events::Underrun>);
    EXPECT_EQ(registers.content[0x40], 0x0201u);
}

TEST(Registers, modify_does_not_write_back_what_write_only_bits_read) {
    RecordingRegisters registers;
    registers.content[0x44] = 0x80000001;
    registers.modify<Doorbell>(Doorbell::Mode{3});
    EXPECT_EQ(registers.content[0x44], 0x3u);
    registers.modify<Doorbell>(Doorbell::Ring{true});
    EXPECT_EQ(registers.content[0x44], 0x80000003u);
}

TEST(Registers, several_fields_cost_one_access) {
    RecordingRegisters registers;
    registers.write<Plain>(Plain::Upper{0x1234}, Plain::Go{true});
    registers.modify<Plain>(Plain::Upper{openbar::checked(registers.accesses.size())},
                            Plain::Go{false});
    EXPECT_EQ(registers.accesses,
              (Accesses{"store32 0x20 0x12340080", "load32 0x20", "store32 0x20 0x10000"}));
}

TEST(Registers, modify_takes_a_function_of_the_old_value) {
    RecordingRegisters registers;
    registers.content[0x20] = 0x00070000;
    registers.modify<Plain>([](Value<Plain>& image) {
        image.set(Plain::Upper{checked(image.get<Plain::Upper>() + 1)});
    });
    EXPECT_EQ(registers.content[0x20], 0x00080000u);
}

struct ZeroClears : Register<ZeroClears, 0x50, std::uint32_t, WriteZeroToClear<15, 8>> {
    struct Lost : Flag<9> {};
    struct Mode : Field<1, 0> {};
};

TEST(Registers, events_that_zeros_clear_are_written_as_ones) {
    RecordingRegisters registers;
    registers.content[0x50] = 0x0200;
    registers.modify<ZeroClears>(ZeroClears::Mode{2});
    EXPECT_EQ(registers.content[0x50], 0xff02u);
    registers.content[0x50] = 0x0200;
    registers.modify<ZeroClears>(clear<ZeroClears::Lost>);
    EXPECT_EQ(registers.content[0x50], 0xfd00u);
    registers.write<ZeroClears>(ZeroClears::Mode{1});
    EXPECT_EQ(registers.content[0x50], 0xff01u);
}

struct OneSets : Register<OneSets, 0x54, std::uint32_t, WriteOneToSet<3, 0>> {
    struct Start : Flag<0> {};
    struct Level : Field<7, 4> {};
};

TEST(Registers, bits_that_ones_set_are_not_written_back) {
    RecordingRegisters registers;
    registers.content[0x54] = 0x0f;
    registers.modify<OneSets>(OneSets::Level{2});
    EXPECT_EQ(registers.content[0x54], 0x20u);
    registers.modify<OneSets>(OneSets::Start{true});
    EXPECT_EQ(registers.content[0x54], 0x21u);
}

struct LowFirst : Register<LowFirst, 0x5c, std::uint64_t, LowHalfFirst> {
    struct Upper : Field<63, 48> {};
};
struct HighFirst : Register<HighFirst, 0x64, std::uint64_t, HighHalfFirst> {};
struct SwappedHalves : Register<SwappedHalves, 0x6c, std::uint64_t, LowHalfFirst, BigEndian> {};

TEST(Registers, a_register_in_halves_is_two_accesses_in_the_declared_order) {
    RecordingRegisters registers;
    registers.write<LowFirst>(0x11223344'55667788);
    EXPECT_EQ(registers.read<LowFirst>().value(), 0x11223344'55667788u);
    EXPECT_EQ(registers.read<LowFirst>().get<LowFirst::Upper>(), 0x1122u);
    registers.write<HighFirst>(0x11223344'55667788);
    EXPECT_EQ(registers.read<HighFirst>().value(), 0x11223344'55667788u);
    EXPECT_EQ(registers.accesses,
              (Accesses{"store32 0x5c 0x55667788", "store32 0x60 0x11223344", "load32 0x5c",
                        "load32 0x60", "load32 0x5c", "load32 0x60", "store32 0x68 0x11223344",
                        "store32 0x64 0x55667788", "load32 0x68", "load32 0x64"}));
}

TEST(Registers, a_big_endian_register_in_halves_has_its_high_half_first_in_memory) {
    RecordingRegisters registers;
    registers.write<SwappedHalves>(0x11223344'55667788);
    EXPECT_EQ(registers.accesses, (Accesses{"store32 0x70 0x88776655", "store32 0x6c 0x44332211"}));
    EXPECT_EQ(registers.read<SwappedHalves>().value(), 0x11223344'55667788u);
}

TEST(Registers, reserved_bits_are_written_as_the_data_sheet_says) {
    RecordingRegisters registers;
    registers.content[0x48] = 0xff000000;
    registers.modify<Reserved>(Reserved::Mode{1});
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
    registers.modify<Swapped>(Swapped::Low{0xff});
    EXPECT_EQ(registers.content[0x4c], 0xff563412u);
}

// The same code for every access.
void work(const RegisterAccess auto& registers) {
    registers.template write<Plain>(registers.template read<Plain>().value() + 1);
    registers.template modify<Plain>(Plain::Go{true});
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
