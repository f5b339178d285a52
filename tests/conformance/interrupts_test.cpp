// Interrupts: raised by the device, waited for, acknowledged, cancelled, given back.
#include "interrupts_under_test.hpp"
#include "system.hpp"

#include <algorithm>
#include <thread>

using namespace std::chrono_literals;

namespace openbar::conformance {
namespace {

TEST_F(Interrupts, arrive_for_each_kind_that_the_device_has) {
    OPENBAR_NEEDS(interrupts);
    for (const VectorInfo& kind : device->info().vectors) {
        SCOPED_TRACE(to_string(kind.kind));
        auto vector = device->vector(kind.kind, 0);
        ASSERT_TRUE(vector) << vector.error().message();
        for (const std::uint32_t cause : {0x1u, 0x80u, 0x40000000u}) {
            raise(cause);
            const auto count = vector->wait(5s);
            ASSERT_TRUE(count) << count.error().message();
            EXPECT_GE(*count, 1u);
            EXPECT_EQ(registers->read<edu::InterruptStatus>().value(), cause);
            acknowledge(cause);
            EXPECT_EQ(registers->read<edu::InterruptStatus>().value(), 0u);
        }
    }
}

TEST_F(Interrupts, tell_that_a_factorial_is_done) {
    OPENBAR_NEEDS(interrupts);
    auto done = device->vector(0);
    ASSERT_TRUE(done) << done.error().message();
    registers->modify<edu::Status>(edu::Status::InterruptWhenDone{true});
    registers->write<edu::Factorial>(7);
    const auto count = done->wait(5s);
    ASSERT_TRUE(count) << count.error().message();
    EXPECT_TRUE(registers->read<edu::InterruptStatus>().get<edu::InterruptStatus::FactorialDone>());
    EXPECT_EQ(registers->read<edu::Factorial>().value(), 5040u);
}

// PCI Local Bus Specification 3.0, section 6.8: a message is a memory write, which only a bus master makes.
TEST_F(Interrupts, as_messages_are_lost_while_bus_mastering_is_off) {
    OPENBAR_NEEDS(interrupts);
    if (device->info().backend == BackendKind::windows)
        GTEST_SKIP() << "openbar.sys keeps bus mastering on while a message vector is enabled";
    const auto& kinds = device->info().vectors;
    const auto messages = std::ranges::find_if(
        kinds, [](const VectorInfo& kind) { return kind.kind != InterruptKind::intx; });
    if (messages == kinds.end()) GTEST_SKIP() << "it has no messages here";
    auto vector = device->vector(messages->kind, 0);
    ASSERT_TRUE(vector) << vector.error().message();
    ASSERT_TRUE(device->set_bus_master(false));
    raise(1);
    const auto count = vector->wait(50ms);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, ErrorCode::timed_out);
    EXPECT_NE(count.error().hint.find("set_bus_master"), std::string::npos);
    ASSERT_TRUE(device->set_bus_master(true));
    EXPECT_FALSE(vector->wait(50ms)) << "lost, not late";
    acknowledge(1);
    raise(1);
    EXPECT_TRUE(vector->wait(5s));
    acknowledge(1);
}

TEST_F(Interrupts, that_never_come_time_out) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector);
    const auto start = std::chrono::steady_clock::now();
    const auto count = vector->wait(50ms);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, ErrorCode::timed_out);
    EXPECT_FALSE(count.error().hint.empty());
    EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
    for (const Timeout none : {Timeout(0ms), Timeout(-1s), Timeout(std::chrono::hours::min())})
        EXPECT_EQ(vector->wait(none).error().code, ErrorCode::timed_out);
}

TEST_F(Interrupts, are_waited_for_without_a_limit) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector);
    for (const Timeout longest :
         {Timeout(std::chrono::nanoseconds::max()), Timeout(std::chrono::hours::max())}) {
        std::jthread other([&] {
            std::this_thread::sleep_for(20ms);
            raise(1);
        });
        const auto count = vector->wait(longest);
        EXPECT_TRUE(count) << count.error().message();
        acknowledge(1);
    }
}

TEST_F(Interrupts, of_a_line_that_is_asserted_already_arrive_once_it_is_enabled) {
    OPENBAR_NEEDS(interrupts);
    if (std::ranges::find(device->info().vectors, InterruptKind::intx, &VectorInfo::kind) ==
        device->info().vectors.end())
        GTEST_SKIP() << "it has no line here";
    raise(1);
    auto vector = device->vector(InterruptKind::intx, 0);
    ASSERT_TRUE(vector) << vector.error().message();
    EXPECT_TRUE(vector->wait(5s)) << "nobody has acknowledged it";
    acknowledge(1);
    EXPECT_EQ(vector->wait(0s).error().code, ErrorCode::timed_out);
    raise(2);
    EXPECT_TRUE(vector->wait(5s));
    acknowledge(2);
}

TEST_F(Interrupts, that_are_masked_stay_away_until_they_are_unmasked) {
    OPENBAR_NEEDS(interrupts);
    const auto& kinds = device->info().vectors;
    const auto line = std::ranges::find(kinds, InterruptKind::intx, &VectorInfo::kind);
    if (line == kinds.end() || !line->maskable) GTEST_SKIP() << "it has no line to mask here";
    auto vector = device->vector(InterruptKind::intx, 0);
    ASSERT_TRUE(vector) << vector.error().message();
    const auto masked = vector->mask();
    ASSERT_TRUE(masked) << masked.error().message();
    raise(1);
    EXPECT_EQ(vector->wait(50ms).error().code, ErrorCode::timed_out);
    ASSERT_TRUE(vector->unmask());
    EXPECT_TRUE(vector->wait(5s)) << "the line is still asserted";
    acknowledge(1);
}

TEST_F(Interrupts, wake_a_program_that_waits_on_the_native_handle) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector);
    raise(1);
    ASSERT_TRUE(is_signalled(vector->native_handle(), 5s));
    EXPECT_EQ(vector->wait(0ms).value_or(0), 1u);
    acknowledge(1);
    EXPECT_FALSE(is_signalled(vector->native_handle(), 0ms)) << "wait has taken it";
}

/// As interrupt.hpp says.
TEST_F(Interrupts, wake_an_event_loop_again_and_again) {
    OPENBAR_NEEDS(interrupts);
    for (const VectorInfo& kind : device->info().vectors) {
        SCOPED_TRACE(to_string(kind.kind));
        auto vector = device->vector(kind.kind, 0);
        ASSERT_TRUE(vector) << vector.error().message();
        for (int round = 0; round < 3; ++round) {
            raise(1);
            ASSERT_TRUE(is_signalled(vector->native_handle(), 5s)) << round;
            EXPECT_EQ(vector->wait(0ms).value_or(0), 1u);
            acknowledge(1);
            if (kind.kind == InterruptKind::intx) {
                ASSERT_TRUE(vector->unmask());
            }
        }
        EXPECT_FALSE(is_signalled(vector->native_handle(), 0ms));
    }
}

TEST_F(Interrupts, waits_are_cancelled_from_another_thread) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector);
    for (const auto limit : {std::chrono::nanoseconds(30s), std::chrono::nanoseconds::max()}) {
        std::jthread other([&] {
            std::this_thread::sleep_for(20ms);
            vector->cancel();
        });
        const auto count = vector->wait(limit);
        ASSERT_FALSE(count);
        EXPECT_EQ(count.error().code, ErrorCode::cancelled) << count.error().message();
    }
    raise(1);
    EXPECT_TRUE(vector->wait(5s)) << "the vector works after a cancelled wait";
    acknowledge(1);
}

TEST_F(Interrupts, of_a_vector_in_use_are_refused_to_a_second_taker) {
    OPENBAR_NEEDS(interrupts);
    const InterruptKind kind = device->info().vectors.front().kind;
    {
        auto first = device->vector(kind, 0);
        ASSERT_TRUE(first);
        const auto second = device->vector(kind, 0);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, ErrorCode::busy) << second.error().message();
    }
    EXPECT_TRUE(device->vector(kind, 0)) << "given back, it can be taken again";
}

TEST_F(Interrupts, of_a_vector_that_is_not_there_are_not_found) {
    OPENBAR_NEEDS(interrupts);
    const VectorInfo kind = device->info().vectors.front();
    const auto vector = device->vector(kind.kind, kind.count);
    ASSERT_FALSE(vector);
    EXPECT_EQ(vector.error().code, ErrorCode::not_found);
}

TEST_F(Interrupts, arrive_after_the_device_object_is_gone) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector);
    device.reset();
    raise(1);
    EXPECT_TRUE(vector->wait(5s));
    acknowledge(1);
}

TEST_F(Interrupts, raised_a_thousand_times_are_each_waited_for) {
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector);
    for (int round = 0; round < 1000; ++round) {
        raise(1);
        ASSERT_TRUE(vector->wait(5s)) << round;
        acknowledge(1);
    }
}

}  // namespace
}  // namespace openbar::conformance
