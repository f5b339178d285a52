#include "driver/windows/support/division.hpp"

#include <gtest/gtest.h>

#include <random>

namespace openbar::windows {
namespace {

void expect_as_the_processor_divides(std::uint64_t dividend, std::uint64_t divisor) {
    std::uint64_t rest = 0;
    EXPECT_EQ(divide_by_steps(dividend, divisor, rest), dividend / divisor)
        << dividend << " / " << divisor;
    EXPECT_EQ(rest, dividend % divisor) << dividend << " % " << divisor;
    EXPECT_EQ(divide(dividend, divisor, rest), dividend / divisor);
    EXPECT_EQ(rest, dividend % divisor);
}

TEST(Division, gives_what_the_processor_gives_at_the_edges) {
    constexpr std::uint64_t edges[] = {0,
                                       1,
                                       2,
                                       99,
                                       100,
                                       0xffffffff,
                                       0x100000000,
                                       0x7fffffffffffffff,
                                       0x8000000000000000,
                                       0x8000000000000001,
                                       0xfffffffffffffffe,
                                       0xffffffffffffffff};
    for (const std::uint64_t dividend : edges)
        for (const std::uint64_t divisor : edges)
            if (divisor != 0) expect_as_the_processor_divides(dividend, divisor);
}

TEST(Division, gives_what_the_processor_gives_for_numbers_of_any_length) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 10000; ++round) {
        const std::uint64_t dividend = random() >> (random() % 64);
        const std::uint64_t divisor = random() >> (random() % 64);
        if (divisor != 0) expect_as_the_processor_divides(dividend, divisor);
    }
}

}  // namespace
}  // namespace openbar::windows
