#include "openbar/register_access.hpp"

#include "recording_registers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace openbar::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct Status : Register<Status, 0x20, std::uint32_t> {
    struct Computing : Flag<0> {};
};
struct Ready : RegisterArray<Ready, 0x100, 4, 8, std::uint8_t> {};
struct Block : RegisterBlock<Block, 0x400> {
    struct State : Register<State, 0x8, std::uint16_t> {};
};

/// Computes for as many reads as it is told, and fails where it is told.
class Computer : public RegisterOperations<Computer> {
public:
    explicit Computer(int busy_reads, bool fails = false) : busy_(busy_reads), fails_(fails) {}

    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t) const {
        return fails_ ? static_cast<T>(~T{0}) : static_cast<T>(++reads_ <= busy_ ? 0x101 : 0x100);
    }
    template <AccessWidth T>
    void store(std::uint64_t, T) const {}
    [[nodiscard]] Result<void> status() const {
        if (!fails_) return {};
        return Error{ErrorCode::removed, "read bar0", "the server has gone", "", 0};
    }
    [[nodiscard]] int reads() const { return reads_; }

private:
    int busy_;
    bool fails_;
    mutable int reads_ = 0;
};

bool idle(Value<Status> status) {
    return !status.get<Status::Computing>();
}

TEST(WaitUntil, returns_the_image_that_satisfied) {
    const Computer registers(3);
    const auto done = registers.wait_until<Status>(idle, 10s);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->value(), 0x100u);
    EXPECT_EQ(registers.reads(), 4);
}

TEST(WaitUntil, reads_at_least_once_when_there_is_no_time_at_all) {
    EXPECT_TRUE(Computer(0).wait_until<Status>(idle, 0ns));
    EXPECT_TRUE(Computer(0).wait_until<Status>(idle, -1s));
    const Computer busy(1);
    EXPECT_FALSE(busy.wait_until<Status>(idle, 0ns));
    EXPECT_EQ(busy.reads(), 1);
}

TEST(WaitUntil, gives_up_after_the_timeout_and_not_before) {
    const auto start = std::chrono::steady_clock::now();
    const auto done = Computer(1 << 30).wait_until<Status>(idle, 20ms);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::timed_out);
}

TEST(WaitUntil, pauses_between_polls_once_the_wait_grows_long) {
    const Computer busy(1 << 30);
    EXPECT_FALSE(busy.wait_until<Status>(idle, 50ms));
    // Polling without a pause would make millions of reads; tenths of the time waited make fewer
    // than 200 after the first 50 µs, which themselves have room for some thousand.
    EXPECT_LT(busy.reads(), 20'000);
}

TEST(WaitUntil, timeout_names_register_offset_and_last_value) {
    const auto done = Computer(1 << 30).wait_until<Status>(idle, 1ms);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().attempted, HasSubstr("Status (offset 0x20)"));
    EXPECT_EQ(done.error().cause, "not within 1 ms; it last read 0x00000101");
    EXPECT_EQ(done.error().hint, "");
}

TEST(WaitUntil, timeout_names_the_element_of_an_array) {
    RecordingRegisters registers;
    const auto done = registers.wait_until<Ready>(
        5, [](auto r) { return r.value() != 0; }, 0ns);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().attempted, HasSubstr("Ready (offset 0x114)"));
    EXPECT_THAT(done.error().cause, HasSubstr("it last read 0x00"));
}

TEST(WaitUntil, timeout_in_a_block_names_the_offset_in_the_region) {
    RecordingRegisters registers;
    const auto never = [](auto) { return false; };
    const auto done = registers.block<Block>().wait_until<Block::State>(never, 0ns);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().attempted, HasSubstr("Block::State (offset 0x408)"));
}

TEST(WaitUntil, timeout_on_all_ones_says_what_they_may_mean) {
    RecordingRegisters registers;
    registers.content[0x20] = 0xffffffff;
    const auto done = registers.wait_until<Status>(idle, 0ns);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().hint, HasSubstr("gone"));
}

TEST(WaitUntil, reports_a_failed_access_and_does_not_wait_on) {
    const Computer gone(0, true);
    const auto done = gone.wait_until<Status>([](auto) { return true; }, 10s);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::removed);
}

TEST(WaitUntil, a_timeout_without_end_does_not_wrap_round) {
    EXPECT_TRUE(Computer(2).wait_until<Status>(idle, std::chrono::nanoseconds::max()));
}

}  // namespace
}  // namespace openbar::test
