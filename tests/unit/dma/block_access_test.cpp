#include "device/block_access.hpp"

#include "base/width_access.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace openbar::block_access {
namespace {

constexpr auto all_types = {MemoryType::uncached, MemoryType::write_combining, MemoryType::cached,
                            MemoryType::unknown, MemoryType::emulated};

std::vector<std::byte> noise(std::size_t size, unsigned seed) {
    std::minstd_rand random(seed);
    std::vector<std::byte> bytes(size);
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
    return bytes;
}

TEST(BlockAccess, is_as_wide_as_alignment_and_length_allow) {
    EXPECT_EQ(next_width(0x1000, 100), 8u);
    EXPECT_EQ(next_width(0x1000, 7), 4u);
    EXPECT_EQ(next_width(0x1004, 100), 4u);
    EXPECT_EQ(next_width(0x1006, 100), 2u);
    EXPECT_EQ(next_width(0x1006, 1), 1u);
    EXPECT_EQ(next_width(0x1003, 100), 1u);
    EXPECT_EQ(next_width(0, 3), 2u);
}

// The bytes around the block show that nothing else is touched.
TEST(BlockAccess, writes_each_byte_of_the_block_and_no_other) {
    alignas(64) std::array<std::byte, 512> device;
    for (const MemoryType type : all_types)
        for (std::size_t offset = 0; offset < 20; ++offset)
            for (std::size_t size = 0; size < 100; ++size) {
                const auto source = noise(size, 1);
                device.fill(std::byte{0xee});
                auto expected = device;
                std::ranges::copy(source, expected.begin() + 64 + static_cast<long>(offset));
                write(device.data() + 64 + offset, source, 0, type);
                ASSERT_EQ(device, expected) << offset << " " << size;
            }
}

TEST(BlockAccess, reads_each_byte_of_the_block) {
    alignas(64) std::array<std::byte, 512> device;
    std::ranges::copy(noise(512, 2), device.begin());
    for (const MemoryType type : all_types)
        for (std::size_t offset = 0; offset < 20; ++offset)
            for (std::size_t size = 0; size < 100; ++size) {
                std::vector<std::byte> read_back(size);
                read(device.data() + offset, read_back, 0, type);
                ASSERT_TRUE(std::ranges::equal(read_back, std::span(device).subspan(offset, size)));
            }
}

TEST(BlockAccess, of_a_given_width_is_exact) {
    alignas(64) std::array<std::byte, 512> device;
    for (const unsigned width : {1u, 2u, 4u, 8u}) {
        device.fill(std::byte{0});
        const auto source = noise(24 * width, width);
        write(device.data() + 8, source, width, MemoryType::write_combining);
        EXPECT_TRUE(std::ranges::equal(std::span(device).subspan(8, source.size()), source));
        EXPECT_EQ(device[7], std::byte{0});
        EXPECT_EQ(device[8 + source.size()], std::byte{0});
        std::vector<std::byte> read_back(source.size());
        read(device.data() + 8, read_back, width, MemoryType::write_combining);
        EXPECT_EQ(read_back, source);
    }
}

TEST(BlockAccess, fills_the_block_and_nothing_else) {
    std::vector<std::byte> device(20'000);
    for (const MemoryType type : all_types)
        for (const std::size_t size : {0u, 1u, 15u, 16u, 4095u, 4097u, 10'001u}) {
            std::ranges::fill(device, std::byte{0x11});
            fill(device.data() + 3, size, std::byte{0xa5}, 0, type);
            EXPECT_EQ(device[2], std::byte{0x11});
            EXPECT_EQ(std::ranges::count(device, std::byte{0xa5}), static_cast<long>(size));
            EXPECT_EQ(device[3 + size], std::byte{0x11});
        }
}

}  // namespace
}  // namespace openbar::block_access
