#include "openbar/timeout.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace openbar {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

TEST(Timeout, is_the_duration_that_it_was_made_from) {
    EXPECT_EQ(Timeout(1s).nanoseconds(), 1'000'000'000ns);
    EXPECT_EQ(Timeout(0s).nanoseconds(), 0ns);
    EXPECT_EQ(Timeout(1ns).nanoseconds(), 1ns);
    EXPECT_EQ(Timeout(std::chrono::duration<double>(0.25)).nanoseconds(), 250ms);
    EXPECT_EQ(Timeout(std::chrono::hours(24 * 365 * 292)).nanoseconds(),
              std::chrono::hours(24 * 365 * 292));
}

TEST(Timeout, that_is_negative_is_none) {
    EXPECT_EQ(Timeout(-1ns).nanoseconds(), 0ns);
    EXPECT_EQ(Timeout(nanoseconds::min()).nanoseconds(), 0ns);
    EXPECT_EQ(Timeout(std::chrono::hours::min()).nanoseconds(), 0ns);
    EXPECT_EQ(Timeout(std::chrono::duration<double>(-1e300)).nanoseconds(), 0ns);
    EXPECT_EQ(Timeout(std::chrono::duration<double>(std::nan(""))).nanoseconds(), 0ns);
}

TEST(Timeout, that_nanoseconds_cannot_hold_has_no_limit) {
    EXPECT_EQ(Timeout(nanoseconds::max()).nanoseconds(), nanoseconds::max());
    EXPECT_EQ(Timeout(std::chrono::milliseconds::max()).nanoseconds(), nanoseconds::max());
    EXPECT_EQ(Timeout(std::chrono::hours::max()).nanoseconds(), nanoseconds::max());
    EXPECT_EQ(Timeout(std::chrono::years(293)).nanoseconds(), nanoseconds::max());
    EXPECT_EQ(Timeout(std::chrono::duration<std::uint64_t, std::nano>(UINT64_MAX)).nanoseconds(),
              nanoseconds::max());
    EXPECT_EQ(Timeout(std::chrono::duration<double>(HUGE_VAL)).nanoseconds(), nanoseconds::max());
}

}  // namespace
}  // namespace openbar
