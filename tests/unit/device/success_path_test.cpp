// What an operation costs that succeeds: no words, and therefore no memory, for its error.
#include "openbar/openbar.hpp"

#include "tests/unit/backends/stand_in_sysfs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t allocations = 0;  // of this thread: a simulated card has a separate one

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace openbar {
namespace {

/// How often `operation`, which gives a Result, allocates once it is warm.
template <typename Operation>
std::size_t allocations_of(Operation operation) {
    EXPECT_TRUE(operation()) << "what is made on first use";
    const std::size_t before = allocations;
    const bool done = operation().has_value();
    const std::size_t made = allocations - before;
    EXPECT_TRUE(done);
    return made;
}

TEST(SuccessPath, counts_what_is_allocated) {
    EXPECT_GE(allocations_of([] { return Result<std::string>(std::string(100, 'x')); }), 1u);
}

using SuccessPathOfSysfs = StandInSysfs;

TEST_F(SuccessPathOfSysfs, allocates_nothing_for_accesses) {
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    for (const RegionIndex index : {RegionIndex{0}, RegionIndex{1}, configuration_region}) {
        const Region region = *device->region(index);
        EXPECT_EQ(allocations_of([&] { return region.read<std::uint16_t>(4); }), 0u) << index;
        EXPECT_EQ(allocations_of([&] { return region.write<std::uint16_t>(4, 3); }), 0u) << index;
        std::array<std::byte, 64> block{};
        EXPECT_EQ(allocations_of([&] { return region.read_block(0, block, 4); }), 0u) << index;
    }
    EXPECT_EQ(allocations_of([&] { return device->set_bus_master(true); }), 0u);
}

TEST(SuccessPathOfACard, allocates_nothing_for_accesses_and_interrupts) {
    const auto device = Device::open("sim:edu");
    ASSERT_TRUE(device) << device.error().message();
    const Region region = *device->region(0);
    EXPECT_EQ(allocations_of([&] { return region.read<std::uint32_t>(0); }), 0u);
    EXPECT_EQ(allocations_of([&] { return region.write<std::uint32_t>(4, 1); }), 0u);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector) << vector.error().message();
    EXPECT_EQ(allocations_of([&] { return vector->trigger(); }), 0u);
    const auto wait = [&] {
        return vector->trigger().and_then([&] { return vector->wait(std::chrono::seconds(10)); });
    };
    EXPECT_EQ(allocations_of(wait), 0u);
}

}  // namespace
}  // namespace openbar
