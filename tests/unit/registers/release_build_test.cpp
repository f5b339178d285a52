// Compiled without assertions, whatever the build type is: what is checked in every build type.
#include "openbar/register_access.hpp"

#include "recording_registers.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace openbar::test {
namespace {

struct Narrow : Register<Narrow, 0x10, std::uint8_t> {
    struct Upper : Field<7, 4> {};
    struct Lower : Field<3, 0> {};
};
struct Entry : RegisterArray<Entry, 0x5400, 8, 16, std::uint32_t> {};
struct Queue : RegisterBlock<Queue, 0x2800, 0x100, 4> {
    struct Tail : Register<Tail, 0x18, std::uint32_t> {};
};

TEST(ReleaseBuild, a_value_too_wide_spares_its_neighbours_and_the_device) {
    const RecordingRegisters registers;
    EXPECT_THROW(registers.write<Narrow>(Narrow::Lower{checked(0x1f)}), Exception);
    Value<Narrow> image = 0x50;
    EXPECT_THROW(image.set(Narrow::Lower{checked(0x1f)}), Exception);
    EXPECT_EQ(image.value(), 0x50);
    EXPECT_TRUE(registers.accesses.empty());
}

TEST(ReleaseBuild, an_index_past_the_end_reaches_no_register) {
    const RecordingRegisters registers;
    (void)registers.read<Entry>(checked(Entry::count - 1));
    registers.accesses.clear();
    EXPECT_THROW((void)registers.read<Entry>(checked(Entry::count)), Exception);
    EXPECT_THROW(registers.write<Entry>(checked(-1), 0), Exception);
    EXPECT_THROW((void)registers.block<Queue>(checked(Queue::count)), Exception);
    EXPECT_TRUE(registers.accesses.empty());
}

}  // namespace
}  // namespace openbar::test
