// The wait that all back ends share, over sources whose answers the test gives.
#include "device/wait.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <deque>
#include <functional>
#include <thread>

namespace openbar {
namespace {

using namespace std::chrono_literals;
constexpr auto forever = std::chrono::nanoseconds::max();

class StandInSource final : public WaitSource {
public:
    explicit StandInSource(std::string name, Departure* departure = nullptr)
        : name_(std::move(name)), departure_(departure) {
        EXPECT_TRUE(event_.create());
    }

    std::string name() const override { return name_; }
    Result<void> prepare() override {
        ++prepared;
        return {};
    }
    WaitHandles handles() const noexcept override { return WaitHandles(event_.handle()); }
    Departure* departure() const noexcept override { return departure_; }
    Result<std::uint64_t> take(std::span<const WaitHandle> signalled) override {
        if (signalled.front().revents == 0) return 0;
        event_.clear();
        if (while_taking) while_taking();
        if (answers_.empty()) return 0;
        auto answer = std::move(answers_.front());
        answers_.pop_front();
        return answer;
    }
    void cancel() noexcept override { give(failure(ErrorCode::cancelled, "cancelled")); }
    Error timed_out(std::chrono::nanoseconds) const override {
        return failure(ErrorCode::timed_out, "not in time");
    }

    /// What the next `take` answers. It is signalled even if there is nothing.
    void give(Result<std::uint64_t> answer) {
        answers_.push_back(std::move(answer));
        event_.signal();
    }
    void signal_nothing() noexcept { event_.signal(); }

    int prepared = 0;
    std::function<void()> while_taking;

private:
    std::string name_;
    Departure* departure_;
    Wake event_;
    std::deque<Result<std::uint64_t>> answers_;
};

class StandInDeparture final : public Departure {
public:
    StandInDeparture() { EXPECT_TRUE(event_.create()); }
    WaitHandles handles() const noexcept override {
        ++asked;
        return WaitHandles(event_.handle());
    }
    Result<bool> check(std::span<const WaitHandle> signalled) override {
        if (signalled.front().revents == 0) return false;
        return failure(ErrorCode::removed, "it goes");
    }
    void begin() noexcept { event_.signal(); }

    mutable int asked = 0;

private:
    Wake event_;
};

class AWait : public ::testing::Test {
protected:
    ~AWait() override { system_calls::set_hook_for_tests({}); }
    [[nodiscard]] Result<std::vector<Ready>> wait_for_all_three(std::chrono::nanoseconds timeout,
                                                                const std::stop_token& stop = {}) {
        WaitSource* const all[] = {&first, &second, &third};
        return wait_for_any(all, timeout, stop);
    }

    StandInDeparture going;
    StandInSource first{"the first", &going};
    StandInSource second{"the second"};
    StandInSource third{"the third", &going};
};

TEST_F(AWait, returns_all_that_have_something_by_rising_index) {
    third.give(5);
    first.give(1);
    EXPECT_EQ(wait_for_all_three(forever).value(), (std::vector<Ready>{{0, 1}, {2, 5}}));
    second.give(2);
    EXPECT_EQ(wait_for_all_three(1min).value(), (std::vector<Ready>{{1, 2}}));
    EXPECT_EQ(first.prepared + second.prepared + third.prepared, 6);
}

TEST_F(AWait, says_what_was_waited_for_when_time_is_over) {
    const Error none = wait_for_all_three(0ns).error();
    EXPECT_EQ(none.code, ErrorCode::timed_out);
    EXPECT_EQ(none.attempted, "wait for any of 3 interrupts");
    WaitSource* const alone[] = {&second};
    const Error one = wait_for_any(alone, 0ns).error();
    EXPECT_EQ(one.attempted, "wait for the second");
    EXPECT_EQ(one.cause, "not in time");
}

TEST_F(AWait, is_cancelled_by_any_of_its_sources_and_names_it) {
    second.cancel();
    const Error error = wait_for_all_three(1min).error();
    EXPECT_EQ(error.code, ErrorCode::cancelled);
    EXPECT_EQ(error.attempted, "wait for the second");
    EXPECT_EQ(wait_for_all_three(0ns).error().code, ErrorCode::timed_out);
}

TEST_F(AWait, that_has_something_to_return_leaves_a_cancellation_to_the_next) {
    first.give(1);
    second.cancel();
    EXPECT_EQ(wait_for_all_three(1min).value(), (std::vector<Ready>{{0, 1}}));
    EXPECT_EQ(wait_for(second, 1min).error().code, ErrorCode::cancelled);
    EXPECT_EQ(wait_for(second, 0ns).error().code, ErrorCode::timed_out) << "one wait only";
}

TEST_F(AWait, that_is_cancelled_leaves_what_fired_to_the_next) {
    second.cancel();
    third.give(7);
    EXPECT_EQ(wait_for_all_three(1min).error().code, ErrorCode::cancelled);
    EXPECT_EQ(wait_for(third, 1min).value(), 7u);
}

TEST_F(AWait, for_a_source_twice_is_refused_and_leaves_it_free) {
    WaitSource* const twice[] = {&first, &second, &first};
    const Error error = wait_for_any(twice, forever).error();
    EXPECT_EQ(error.code, ErrorCode::busy);
    EXPECT_EQ(error.attempted, "wait for the first");
    first.give(1);
    EXPECT_EQ(wait_for(first, 1min).value(), 1u);
    second.give(2);
    EXPECT_EQ(wait_for(second, 1min).value(), 2u);
}

TEST_F(AWait, for_a_source_that_another_thread_waits_for_is_refused) {
    second.while_taking = [&] {
        const Error error = wait_for(first, forever).error();
        EXPECT_EQ(error.code, ErrorCode::busy);
        EXPECT_EQ(error.cause, "another wait for it is under way");
    };
    second.give(2);
    EXPECT_TRUE(wait_for_all_three(1min));
    first.give(1);
    EXPECT_EQ(wait_for(first, 1min).value(), 1u);
}

TEST_F(AWait, does_not_begin_if_a_stop_was_requested_before) {
    std::stop_source stop;
    stop.request_stop();
    first.give(3);
    for (const auto timeout : {std::chrono::nanoseconds(0ns), forever}) {
        const Error error = wait_for(first, timeout, stop.get_token()).error();
        EXPECT_EQ(error.code, ErrorCode::cancelled);
        EXPECT_EQ(error.cause, "a stop was requested");
    }
    EXPECT_EQ(first.prepared, 0) << "a line stays masked";
    EXPECT_EQ(wait_for(first, 0ns).value(), 3u);
}

TEST_F(AWait, is_ended_by_a_stop_from_another_thread) {
    for (const auto timeout : {std::chrono::nanoseconds(1min), forever}) {
        std::stop_source stop;
        std::jthread other([&] {
            std::this_thread::sleep_for(10ms);
            stop.request_stop();
        });
        EXPECT_EQ(wait_for_all_three(timeout, stop.get_token()).error().code, ErrorCode::cancelled);
    }
    std::stop_source later;
    EXPECT_EQ(wait_for_all_three(1ms, later.get_token()).error().code, ErrorCode::timed_out)
        << "the stops before were of other waits";
}

TEST_F(AWait, is_not_ended_by_a_stop_that_came_after_the_one_before) {
    std::stop_source before;
    first.give(1);
    ASSERT_TRUE(wait_for(first, forever, before.get_token()));
    before.request_stop();
    const std::stop_source now;
    EXPECT_EQ(wait_for(first, 1ms, now.get_token()).error().code, ErrorCode::timed_out);
}

TEST_F(AWait, stopped_when_it_had_something_to_return_loses_nothing) {
    std::stop_source stop;
    first.give(1);
    first.while_taking = [&] { stop.request_stop(); };
    EXPECT_EQ(wait_for(first, 1min, stop.get_token()).value(), 1u);
    const std::stop_source next;
    first.while_taking = {};
    EXPECT_EQ(wait_for(first, 0ns, next.get_token()).error().code, ErrorCode::timed_out);
}

TEST_F(AWait, that_was_woken_for_nothing_goes_on_for_the_rest_of_the_time) {
    int woken = 0;
    second.while_taking = [&] {
        std::this_thread::sleep_for(3ms);
        if (++woken < 100) second.signal_nothing();
    };
    second.signal_nothing();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(wait_for_all_three(30ms).error().code, ErrorCode::timed_out);
    const auto taken = std::chrono::steady_clock::now() - start;
    EXPECT_GE(taken, 30ms);
    EXPECT_LT(woken, 100) << "the limit is that of all rounds together";
    EXPECT_GT(woken, 1);
}

TEST_F(AWait, looks_once_for_all_sources_of_a_device_whether_it_goes) {
    going.begin();
    const Error error = wait_for_all_three(1min).error();
    EXPECT_EQ(error.code, ErrorCode::removed);
    EXPECT_EQ(error.attempted, "wait for the first");
    EXPECT_EQ(going.asked, 2) << "to list the handle, and to count it again";
    EXPECT_EQ(wait_for(second, 0ns).error().code, ErrorCode::timed_out) << "it is another device's";
    first.give(4);
    EXPECT_EQ(wait_for_all_three(1min).value(), (std::vector<Ready>{{0, 4}}))
        << "what fired comes first";
}

TEST_F(AWait, whose_means_fail_says_so_and_leaves_its_sources_free) {
    const std::stop_source stop;
    for (const std::string call : {"eventfd", "poll"}) {
        system_calls::set_hook_for_tests(
            [&](std::string_view asked) { return asked == call ? EMFILE : 0; });
        const auto failed = wait_for_all_three(0ns, stop.get_token());
        system_calls::set_hook_for_tests({});
        ASSERT_FALSE(failed) << call;
        EXPECT_EQ(failed.error().code, ErrorCode::resource_exhausted);
        EXPECT_NE(failed.error().cause.find(call), std::string::npos) << failed.error().cause;
        EXPECT_EQ(wait_for_all_three(0ns, stop.get_token()).error().code, ErrorCode::timed_out);
    }
}

TEST_F(AWait, for_many_is_as_one_for_few) {
    std::vector<std::unique_ptr<StandInSource>> many;
    std::vector<WaitSource*> list;
    for (int index = 0; index < 200; ++index) {
        many.push_back(std::make_unique<StandInSource>("one of many", &going));
        list.push_back(many.back().get());
    }
    many[0]->give(1);
    many[63]->give(64);
    many[199]->give(200);
    EXPECT_EQ(wait_for_any(list, 1min).value(), (std::vector<Ready>{{0, 1}, {63, 64}, {199, 200}}));
    going.begin();
    EXPECT_EQ(wait_for_any(list, 1min).error().code, ErrorCode::removed);
}

}  // namespace
}  // namespace openbar
