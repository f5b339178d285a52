#include "openbar/plain_registers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace openbar {
namespace {

struct Byte : Register<Byte, 0x1, std::uint8_t> {};
struct Half : Register<Half, 0x2, std::uint16_t> {};
struct Word : Register<Word, 0x4, std::uint32_t> {};
struct Wide : Register<Wide, 0x8, std::uint64_t> {};
struct Swapped : Register<Swapped, 0x4, std::uint32_t, BigEndian> {};

TEST(PlainRegisters, touch_exactly_the_bytes_of_their_width) {
    alignas(8) std::array<unsigned char, 16> memory{};
    const PlainRegisters registers(memory.data());
    registers.write<Byte>(0x11);
    registers.write<Half>(0x3322);
    registers.write<Word>(0x77665544);
    registers.write<Wide>(0xffeeddccbbaa9988);
    const std::array<unsigned char, 16> expected{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                                 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    EXPECT_EQ(memory, expected);
}

TEST(PlainRegisters, are_little_endian_unless_the_register_says_otherwise) {
    alignas(8) std::array<unsigned char, 16> memory{0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78};
    const PlainRegisters registers(memory.data());
    EXPECT_EQ(registers.read<Word>().value(), 0x78563412u);
    EXPECT_EQ(registers.read<Swapped>().value(), 0x12345678u);
}

TEST(PlainRegisters, cannot_fail) {
    alignas(8) std::array<unsigned char, 16> memory{};
    EXPECT_TRUE(PlainRegisters(memory.data()).status());
}

}  // namespace
}  // namespace openbar
