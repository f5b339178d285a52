// Waits that a stop token ends, and waits for any of several interrupts.
#include "interrupts_under_test.hpp"
#include "system.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

using namespace std::chrono_literals;

namespace openbar::conformance {
namespace {

constexpr Timeout forever = std::chrono::nanoseconds::max();

#ifdef _WIN32
constexpr std::size_t most_to_wait_for = 63;
#else
constexpr std::size_t most_to_wait_for = SIZE_MAX;
#endif

class Waiting : public Interrupts {};

TEST_F(Waiting, is_ended_by_a_stop_token) {
    OPENBAR_NEEDS(interrupts);
    for (const VectorInfo& kind : device->info().vectors) {
        SCOPED_TRACE(to_string(kind.kind));
        auto vector = device->vector(kind.kind, 0);
        ASSERT_TRUE(vector) << vector.error().message();
        for (const Timeout limit : {Timeout(30s), forever}) {
            std::stop_source stop;
            std::jthread other([&] {
                std::this_thread::sleep_for(20ms);
                stop.request_stop();
            });
            const auto count = vector->wait(limit, stop.get_token());
            ASSERT_FALSE(count);
            EXPECT_EQ(count.error().code, ErrorCode::cancelled) << count.error().message();
        }
        raise(1);
        EXPECT_TRUE(vector->wait(5s)) << "the vector works after a wait that was stopped";
        acknowledge(1);
    }
}

TEST_F(Waiting, that_was_stopped_leaves_what_fired) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector) << vector.error().message();
    std::stop_source stop;
    stop.request_stop();
    raise(1);
    ASSERT_TRUE(is_signalled(vector->native_handle(), 5s));
    EXPECT_EQ(vector->wait(forever, stop.get_token()).error().code, ErrorCode::cancelled);
    EXPECT_EQ(wait_any({*vector}, forever, stop.get_token()).error().code, ErrorCode::cancelled);
    EXPECT_EQ(vector->wait(0s, std::stop_source().get_token()).value_or(0), 1u);
    acknowledge(1);
}

TEST_F(Waiting, with_a_stop_token_takes_what_fires) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector) << vector.error().message();
    const std::stop_source stop;
    for (const Timeout limit : {Timeout(30s), forever}) {
        std::jthread other([&] {
            std::this_thread::sleep_for(5ms);
            raise(1);
        });
        const auto count = vector->wait(limit, stop.get_token());
        EXPECT_TRUE(count) << count.error().message();
        acknowledge(1);
    }
    EXPECT_EQ(vector->wait(20ms, stop.get_token()).error().code, ErrorCode::timed_out);
}

TEST_F(Waiting, for_any_of_one_is_as_for_that_one) {
    OPENBAR_NEEDS(interrupts);
    for (const VectorInfo& kind : device->info().vectors) {
        SCOPED_TRACE(to_string(kind.kind));
        auto vector = device->vector(kind.kind, 0);
        ASSERT_TRUE(vector) << vector.error().message();
        for (const Timeout limit : {Timeout(5s), forever}) {
            raise(1);
            const auto ready = wait_any({*vector}, limit);
            ASSERT_TRUE(ready) << ready.error().message();
            EXPECT_EQ(*ready, (std::vector<Ready>{{0, 1}}));
            acknowledge(1);
        }
        const auto none = wait_any({*vector}, 20ms);
        ASSERT_FALSE(none);
        EXPECT_EQ(none.error().code, ErrorCode::timed_out);
        EXPECT_NE(none.error().attempted.find(device->info().address), std::string::npos);
        vector->cancel();
        EXPECT_EQ(wait_any({*vector}, forever).error().code, ErrorCode::cancelled);
    }
}

/// As interrupt.hpp says of a line: the wait lets it through again, unless the program has masked it.
TEST_F(Waiting, for_any_lets_a_line_through_that_was_masked_by_firing) {
    OPENBAR_NEEDS(interrupts);
    const auto& kinds = device->info().vectors;
    const auto line = std::ranges::find(kinds, InterruptKind::intx, &VectorInfo::kind);
    if (line == kinds.end() || !line->maskable) GTEST_SKIP() << "it has no line to mask here";
    auto vector = device->vector(InterruptKind::intx, 0);
    ASSERT_TRUE(vector) << vector.error().message();
    raise(1);
    ASSERT_TRUE(wait_any({*vector}, 5s));
    ASSERT_TRUE(wait_any({*vector}, 5s)) << "nobody has acknowledged it";
    ASSERT_TRUE(vector->mask());
    EXPECT_EQ(wait_any({*vector}, 50ms).error().code, ErrorCode::timed_out);
    ASSERT_TRUE(vector->unmask());
    EXPECT_TRUE(wait_any({*vector}, 5s)) << "the line is still asserted";
    acknowledge(1);
}

TEST_F(Waiting, for_what_makes_no_sense_is_refused) {
    OPENBAR_NEEDS(interrupts);
    EXPECT_EQ(wait_any(std::span<Interrupt>(), 0s).error().code, ErrorCode::invalid_argument);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector) << vector.error().message();
    const auto twice = wait_any({*vector, *vector}, forever);
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, ErrorCode::busy);
    const std::vector<Waitable> many(64, *vector);
    EXPECT_EQ(wait_any(many, forever).error().code,
              most_to_wait_for < 64 ? ErrorCode::unsupported : ErrorCode::busy);
    Interrupt moved = *std::move(vector);
    const auto gone = wait_any({moved, *vector}, forever);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::invalid_argument) << gone.error().message();
    raise(1);
    EXPECT_TRUE(wait_any({moved}, 5s)) << "a refusal leaves it as it was";
    acknowledge(1);
}

TEST_F(Waiting, by_two_threads_at_once_is_refused_to_the_second) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector) << vector.error().message();
    std::atomic<int> busy = 0;
    std::atomic<int> cancelled = 0;
    const auto wait = [&] {
        const auto code = vector->wait(30s).error().code;
        if (code == ErrorCode::busy) vector->cancel();  // the other's
        busy += code == ErrorCode::busy ? 1 : 0;
        cancelled += code == ErrorCode::cancelled ? 1 : 0;
    };
    {
        const std::jthread one(wait);
        const std::jthread other(wait);
    }
    EXPECT_EQ(busy, 1);
    EXPECT_EQ(cancelled, 1);
}

/// Each interrupt is waited for before the next is raised, and each is disturbed once, by a
/// cancellation or a stop at some moment. A wake-up that gets lost lets a wait run out of time.
TEST_F(Waiting, misses_nothing_while_it_is_stopped_and_cancelled) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector) << vector.error().message();
    std::atomic<unsigned> raised = 0;
    std::atomic<unsigned> taken = 0;
    std::mutex mutex;
    std::stop_source present;  // of the wait under way

    const auto pass_some_time = [](unsigned amount) {
        while (amount-- != 0) std::this_thread::yield();
    };
    const std::jthread raises([&](const std::stop_token& done) {
        while (!done.stop_requested()) {
            std::this_thread::yield();
            if (raised != taken) continue;
            ++raised;
            raise(1);
        }
    });
    const std::jthread disturbs([&](const std::stop_token& done) {
        std::minstd_rand random(2);
        for (unsigned round = 0; !done.stop_requested(); std::this_thread::yield()) {
            if (round == raised) continue;
            round = raised;
            pass_some_time(static_cast<unsigned>(random() % 20));
            if (random() % 2 == 0) {
                vector->cancel();
                continue;
            }
            const std::lock_guard guard(mutex);
            present.request_stop();
        }
    });
    const auto next_token = [&] {
        const std::lock_guard guard(mutex);
        present = std::stop_source();
        return present.get_token();
    };
    const auto wait = [&](Timeout limit, bool any) -> Result<void> {
        if (!any) return vector->wait(limit, next_token()).transform([](std::uint64_t) {});
        return wait_any({*vector}, limit, next_token()).transform([](const std::vector<Ready>&) {});
    };
    const auto start = std::chrono::steady_clock::now();
    std::minstd_rand random(3);
    while (taken < 500 && std::chrono::steady_clock::now() - start < 4s) {
        const auto fired = wait(30s, random() % 2 == 0);
        if (!fired) {
            ASSERT_EQ(fired.error().code, ErrorCode::cancelled) << taken << " of " << raised;
            continue;
        }
        acknowledge(1);
        ++taken;
    }
    EXPECT_GT(taken, 0u);
}

}  // namespace
}  // namespace openbar::conformance
