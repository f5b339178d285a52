#include "dma/iova_allocator.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace openbar::dma {
namespace {

constexpr std::uint64_t granule = 0x1000;
constexpr std::uint64_t everything = UINT64_MAX;

TEST(IovaAllocator, never_gives_address_zero) {
    IovaAllocator free({{0, 3 * granule - 1}}, granule);
    EXPECT_EQ(free.take(granule, 1, everything), 2 * granule);
    EXPECT_EQ(free.take(granule, 1, everything), granule);
    EXPECT_FALSE(free.take(granule, 1, everything));
}

TEST(IovaAllocator, takes_from_the_top_below_4_gib_first) {
    IovaAllocator free({{0, everything}}, granule);
    EXPECT_EQ(free.take(granule, 1, everything), 0xffff'f000u);
    EXPECT_EQ(free.take(1ull << 33, 1, everything), (1ull << 39) - (1ull << 33));
}

TEST(IovaAllocator, leaves_reserved_ranges_alone) {
    IovaAllocator free({{0x10'0000, 0xfedf'ffff}, {0xfef0'0000, 0xffff'ffff}}, granule);
    const auto large = free.take(0x200'0000, 1, everything);
    ASSERT_TRUE(large);
    EXPECT_EQ(*large + 0x200'0000 - 1, 0xfedf'ffffu);
    EXPECT_EQ(free.take(granule, 1, everything), 0xffff'f000u);
}

TEST(IovaAllocator, honours_what_the_device_can_form) {
    IovaAllocator free({{0, everything}}, granule);
    const std::uint64_t reach = (1u << 28) - 1;
    const auto iova = free.take(0x10000, 0x10000, reach);
    ASSERT_TRUE(iova);
    EXPECT_EQ(*iova, 0x0fff'0000u);
    EXPECT_FALSE(free.take(1u << 28, 1, reach)) << "address 0 is not to be had";
    EXPECT_FALSE(free.take(granule, 1, granule - 1));
    EXPECT_EQ(free.take(granule, 1, 2 * granule - 1), granule);
}

TEST(IovaAllocator, gives_the_last_address_there_is) {
    IovaAllocator free({{everything - granule + 1, everything}}, granule);
    EXPECT_EQ(free.longest_free(everything), granule);
    EXPECT_EQ(free.take(granule, 1, everything), everything - granule + 1);
    EXPECT_FALSE(free.take(granule, 1, everything));
    free.give_back(everything - granule + 1, granule);
    EXPECT_EQ(free.take(granule, 1, everything), everything - granule + 1);
}

TEST(IovaAllocator, refuses_sizes_that_wrap) {
    IovaAllocator free({{0, everything}}, granule);
    EXPECT_FALSE(free.take(everything, 1, everything));
    EXPECT_FALSE(free.take(everything - granule + 1, 1ull << 63, everything));
    EXPECT_FALSE(free.take(granule, 1ull << 63, (1ull << 63) - 1));
    EXPECT_EQ(free.take(granule, 1ull << 63, everything), 1ull << 63);
}

TEST(IovaAllocator, cuts_ranges_to_whole_pages) {
    IovaAllocator free({{0x1001, 0x3ffe}, {0x10, 0x20}, {0x5000, 0x5ffe}}, granule);
    EXPECT_EQ(free.take(granule, 1, everything), 0x2000u);
    EXPECT_FALSE(free.take(granule, 1, everything));
}

TEST(IovaAllocator, joins_what_was_given_back) {
    IovaAllocator free({{granule, 9 * granule - 1}}, granule);
    std::vector<std::uint64_t> taken;
    while (const auto iova = free.take(granule, 1, everything)) taken.push_back(*iova);
    ASSERT_EQ(taken.size(), 8u);
    for (const std::size_t index : {1, 5, 3, 0, 2, 7, 6, 4}) free.give_back(taken[index], granule);
    EXPECT_EQ(free.longest_free(everything), 8 * granule);
    EXPECT_EQ(free.take(8 * granule, 1, everything), granule);
}

TEST(IovaAllocator, knows_the_longest_run_that_a_device_reaches) {
    IovaAllocator free({{granule, 5 * granule - 1}, {0x100000, 0x1fffff}}, granule);
    EXPECT_EQ(free.longest_free(everything), 0x100000u);
    EXPECT_EQ(free.longest_free(0xfffff), 4 * granule);
    EXPECT_EQ(free.longest_free(3 * granule - 1), 2 * granule);
    EXPECT_EQ(free.longest_free(granule - 1), 0u);
}

TEST(IovaAllocator, never_gives_one_address_twice) {
    IovaAllocator free({{0, 0x7fffff}, {0x900000, 0xffffff}}, granule);
    std::map<std::uint64_t, std::uint64_t> taken;  // first address to the one behind
    std::minstd_rand random(42);
    for (int round = 0; round < 200'000; ++round) {
        if (random() % 2 == 0 || taken.empty()) {
            const std::uint64_t size = 1 + random() % (16 * granule);
            const std::uint64_t alignment = 1ull << (random() % 18);
            const std::uint64_t highest = random() % 3 == 0 ? 0x3fffff : everything;
            const auto iova = free.take(size, alignment, highest);
            if (!iova) continue;
            const std::uint64_t behind = *iova + (size + granule - 1) / granule * granule;
            ASSERT_EQ(*iova % std::max(alignment, granule), 0u);
            ASSERT_LE(behind - 1, highest);
            ASSERT_TRUE(behind <= 0x800000 || *iova >= 0x900000);
            const auto after = taken.lower_bound(*iova);
            ASSERT_TRUE(after == taken.end() || after->first >= behind);
            ASSERT_TRUE(after == taken.begin() || std::prev(after)->second <= *iova);
            taken.emplace(*iova, behind);
        } else {
            auto victim = taken.lower_bound(random() % 0x1000000);
            if (victim == taken.end()) victim = taken.begin();
            free.give_back(victim->first, victim->second - victim->first);
            taken.erase(victim);
        }
    }
    for (const auto& [first, behind] : taken) free.give_back(first, behind - first);
    EXPECT_TRUE(free.take(0x7ff000, 1, 0x7fffff)) << "all of it is one run again";
    EXPECT_TRUE(free.take(0x700000, 1, everything));
}

}  // namespace
}  // namespace openbar::dma
