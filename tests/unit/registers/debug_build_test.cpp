// Compiled with assertions, whatever the build type is.
#include "openbar/register_access.hpp"

#include "recording_registers.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace openbar::test {
namespace {

struct Narrow : Register<0x10, std::uint8_t> {
    using Upper = Field<7, 4>;
    using Lower = Field<3, 0>;
};
struct Entry : RegisterArray<0x5400, 8, 16, std::uint32_t> {};
struct Queue : RegisterBlock<0x2800, 0x100, 4> {};

TEST(DebugBuildDeathTest, catches_a_value_too_wide_for_its_field) {
    Value<Narrow> image = 0;
    image.set<Narrow::Lower>(0xf);
    EXPECT_DEATH(image.set<Narrow::Lower>(0x10), "the value does not fit");
}

TEST(DebugBuildDeathTest, catches_an_index_past_the_end_of_an_array) {
    RecordingRegisters registers;
    (void)registers.read<Entry>(Entry::count - 1);
    EXPECT_DEATH((void)registers.read<Entry>(Entry::count), "index past the end");
}

TEST(DebugBuildDeathTest, catches_an_index_past_the_last_block) {
    RecordingRegisters registers;
    (void)registers.block<Queue>(Queue::count - 1);
    EXPECT_DEATH((void)registers.block<Queue>(Queue::count), "index past the end");
}

}  // namespace
}  // namespace openbar::test
