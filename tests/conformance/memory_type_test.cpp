// Memory types and copies, on a device with plain memory in a prefetchable BAR: QEMU's
// ivshmem-plain, whose BAR 2 is 1 MiB.
#include "openbar/copy.hpp"

#include "device_under_test.hpp"

#include <algorithm>
#include <random>
#include <vector>

namespace openbar::conformance {
namespace {

constexpr RegionIndex bar = 2;
constexpr MapOptions write_combining{.memory_type = MemoryType::write_combining};

class MemoryTypes : public DeviceUnderTest {};

std::vector<std::byte> noise(std::size_t size, unsigned seed) {
    std::minstd_rand random(seed);
    std::vector<std::byte> bytes(size);
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
    return bytes;
}

TEST_F(MemoryTypes, of_a_first_mapping_are_what_was_asked_for) {
    for (const MemoryType wanted : {MemoryType::write_combining, MemoryType::uncached}) {
        const auto mapping = device->map(bar, {.memory_type = wanted});
        ASSERT_TRUE(mapping) << mapping.error().message();
        EXPECT_EQ(mapping->memory_type(), wanted);
    }
}

// The kernel grants the type of the first mapping, and says nothing of it.
TEST_F(MemoryTypes, of_a_second_mapping_are_told_as_granted_not_as_asked_for) {
    {
        const auto first = device->map(bar);
        ASSERT_TRUE(first);
        const auto second = device->map(bar, write_combining);
        ASSERT_TRUE(second) << second.error().message();
        EXPECT_EQ(second->memory_type(), MemoryType::uncached);
    }
    const auto alone = device->map(bar, write_combining);
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->memory_type(), MemoryType::write_combining);
}

TEST_F(MemoryTypes, make_no_difference_to_what_copies_carry) {
    for (const MemoryType wanted : {MemoryType::write_combining, MemoryType::uncached}) {
        const auto mapping = device->map(bar, {.memory_type = wanted});
        ASSERT_TRUE(mapping);
        ASSERT_TRUE(fill(*mapping, 0, mapping->size(), std::byte{0}));
        std::vector<std::byte> expected(mapping->size());
        std::minstd_rand random(11);
        for (unsigned round = 0; round < 400; ++round) {
            const std::size_t size = random() % 3000;
            const std::size_t offset = random() % (mapping->size() - size);
            const auto source = noise(size, round);
            ASSERT_TRUE(copy_to_device(*mapping, offset, source));
            std::ranges::copy(source, expected.begin() + static_cast<std::ptrdiff_t>(offset));
            const std::size_t from = random() % (mapping->size() - 3000);
            std::vector<std::byte> read_back(3000);
            ASSERT_TRUE(copy_from_device(*mapping, from, read_back));
            ASSERT_TRUE(std::ranges::equal(read_back, std::span(expected).subspan(from, 3000)))
                << round;
        }
        std::vector<std::byte> all(mapping->size());
        ASSERT_TRUE(copy_from_device(*mapping, 0, all, {.width = 8}));
        EXPECT_EQ(all, expected);
    }
}

TEST_F(MemoryTypes, copies_of_a_given_width_arrive) {
    const auto mapping = device->map(bar, write_combining);
    ASSERT_TRUE(mapping);
    for (const unsigned width : {1u, 2u, 4u, 8u}) {
        const auto source = noise(std::size_t{64} * width, width);
        ASSERT_TRUE(copy_to_device(*mapping, 0x200, source, {width}));
        std::vector<std::byte> read_back(source.size());
        ASSERT_TRUE(copy_from_device(*mapping, 0x200, read_back, {width}));
        EXPECT_EQ(read_back, source);
    }
}

TEST_F(MemoryTypes, copies_that_make_no_sense_are_refused_and_touch_nothing) {
    const auto mapping = device->map(bar);
    ASSERT_TRUE(mapping);
    ASSERT_TRUE(fill(*mapping, 0, 64, std::byte{0x77}));
    std::vector<std::byte> bytes(64);
    const std::uint64_t size = mapping->size();
    EXPECT_EQ(copy_to_device(*mapping, size - 63, bytes).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(copy_to_device(*mapping, UINT64_MAX - 3, bytes).error().code,
              ErrorCode::out_of_range);
    EXPECT_EQ(fill(*mapping, 8, UINT64_MAX, std::byte{}).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(copy_to_device(*mapping, 2, bytes, {4}).error().code, ErrorCode::misaligned);
    EXPECT_EQ(copy_from_device(*mapping, 0, std::span(bytes).first(6), {4}).error().code,
              ErrorCode::misaligned);
    for (const unsigned width : {3u, 16u, 0x80000000u})
        EXPECT_EQ(copy_to_device(*mapping, 0, bytes, {width}).error().code,
                  ErrorCode::invalid_argument);
    ASSERT_TRUE(copy_from_device(*mapping, 0, bytes));
    EXPECT_EQ(std::ranges::count(bytes, std::byte{0x77}), 64);
    EXPECT_TRUE(copy_to_device(*mapping, size, {})) << "nothing at the very end is in range";
}

}  // namespace
}  // namespace openbar::conformance
