// A vector on an eventfd, behind a stand-in for VFIO: who masks, who cancels, and what is lost by
// neither.
#include "backends/eventfd_interrupt.hpp"

#include "base/system_calls.hpp"
#include "device/wait.hpp"
#include "tests/unit/backends/named_backend.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <thread>

namespace openbar {
namespace {

using namespace std::chrono_literals;

/// Notes what is asked of the kernel, a letter each: d(isable), m(ask), u(nmask).
class Kernel final : public VectorRequests {
public:
    Result<void> set_events(InterruptKind, std::uint32_t, std::span<const int> events) override {
        event = events.front();
        return {};
    }
    void disable(InterruptKind) override { static_cast<void>(note('d')); }
    Result<void> mask(InterruptKind, std::uint32_t) override { return note('m'); }
    Result<void> unmask(InterruptKind, std::uint32_t) override { return note('u'); }
    Result<void> trigger(InterruptKind, std::uint32_t) override { return {}; }

    void fire(std::uint64_t times = 1) const {
        ASSERT_EQ(::write(event, &times, sizeof times), static_cast<ssize_t>(sizeof times));
    }

    int event = -1;
    std::string asked;
    std::function<void()> while_unmasking;

private:
    Result<void> note(char what) {
        asked += what;
        if (what == 'u' && while_unmasking) while_unmasking();
        return {};
    }
};

class VectorOnAnEventfd : public ::testing::Test {
protected:
    [[nodiscard]] std::unique_ptr<InterruptSource> enable(InterruptKind kind) {
        return enable(kind, stays);
    }
    [[nodiscard]] std::unique_ptr<InterruptSource> enable(InterruptKind kind, DeviceWatch& watch) {
        return *EventfdInterrupt::enable({kind, 1, true}, 0, vectors,
                                         std::make_shared<NamedBackend>(), watch);
    }
    DeviceWatch stays{EndsEveryWait::no, {}};
    Kernel kernel;
    EnabledVectors vectors{kernel};
};

TEST_F(VectorOnAnEventfd, counts_what_fired_since_the_last_wait) {
    const auto vector = enable(InterruptKind::msi);
    kernel.fire();
    kernel.fire(4);
    EXPECT_EQ(wait_for(*vector, 0ns).value(), 5u);
    EXPECT_EQ(wait_for(*vector, 0ns).error().code, ErrorCode::timed_out);
}

TEST_F(VectorOnAnEventfd, keeps_what_fired_while_the_wait_was_cancelled) {
    const auto vector = enable(InterruptKind::msi);
    kernel.fire(3);
    vector->cancel();
    EXPECT_EQ(wait_for(*vector, 1s).error().code, ErrorCode::cancelled);
    EXPECT_EQ(wait_for(*vector, 0ns).value(), 3u);
}

TEST_F(VectorOnAnEventfd, cancels_one_wait_however_often_it_was_asked_to) {
    const auto vector = enable(InterruptKind::msi);
    vector->cancel();
    vector->cancel();
    EXPECT_EQ(wait_for(*vector, 1s).error().code, ErrorCode::cancelled);
    EXPECT_EQ(wait_for(*vector, 0ns).error().code, ErrorCode::timed_out);
    vector->cancel();
    EXPECT_EQ(wait_for(*vector, 1s).error().code, ErrorCode::cancelled);
}

TEST_F(VectorOnAnEventfd, is_cancelled_while_it_waits_without_a_limit) {
    const auto vector = enable(InterruptKind::msi);
    std::jthread other([&] { vector->cancel(); });
    EXPECT_EQ(wait_for(*vector, std::chrono::nanoseconds::max()).error().code,
              ErrorCode::cancelled);
}

TEST_F(VectorOnAnEventfd, reports_that_the_device_goes_once_nothing_is_pending) {
    const FileDescriptor going(system_calls::eventfd());
    DeviceWatch goes(EndsEveryWait::no, {});
    goes.add_departure({going.get(), POLLIN, 0}, DeviceEvent::removal_requested,
                       "somebody wants it back");
    const auto vector = enable(InterruptKind::msi, goes);
    EXPECT_EQ(wait_for(*vector, 0ns).error().code, ErrorCode::timed_out);
    const std::uint64_t once = 1;
    ASSERT_EQ(system_calls::write(going.get(), &once, sizeof once), 8);
    kernel.fire(2);
    EXPECT_EQ(wait_for(*vector, 1s).value(), 2u);
    for (int told = 0; told < 2; ++told) {
        const Error error = wait_for(*vector, 1min).error();
        EXPECT_EQ(error.code, ErrorCode::removed);
        EXPECT_EQ(error.cause, "somebody wants it back");
    }
}

TEST_F(VectorOnAnEventfd, returns_an_error_of_the_device_from_one_wait_and_loses_no_interrupt) {
    const FileDescriptor errors(system_calls::non_blocking_eventfd());
    DeviceWatch watch(EndsEveryWait::no, {});
    watch.add_errors(errors.get());
    const auto vector = enable(InterruptKind::msi, watch);
    const std::uint64_t twice = 2;
    ASSERT_EQ(system_calls::write(errors.get(), &twice, sizeof twice), 8);
    const Error error = wait_for(*vector, 1min).error();
    EXPECT_EQ(error.code, ErrorCode::io);
    EXPECT_NE(error.cause.find("AER"), std::string::npos);
    ASSERT_EQ(system_calls::write(errors.get(), &twice, sizeof twice), 8);
    EXPECT_EQ(wait_for(*vector, 0ns).error().code, ErrorCode::io) << "also without waiting";
    EXPECT_EQ(wait_for(*vector, 0ns).error().code, ErrorCode::timed_out) << "one wait only";

    kernel.fire(3);
    vector->cancel();
    ASSERT_EQ(system_calls::write(errors.get(), &twice, sizeof twice), 8);
    EXPECT_EQ(wait_for(*vector, 1min).error().code, ErrorCode::cancelled);
    EXPECT_EQ(wait_for(*vector, 1min).value(), 3u);
    EXPECT_EQ(wait_for(*vector, 1min).error().code, ErrorCode::io);
    EXPECT_EQ(wait_for(*vector, 0ns).error().code, ErrorCode::timed_out);
}

TEST_F(VectorOnAnEventfd, that_is_waited_for_without_a_limit_learns_of_an_error_from_other_waits) {
    const FileDescriptor errors(system_calls::non_blocking_eventfd());
    DeviceWatch watch(EndsEveryWait::no, {});
    watch.add_errors(errors.get());
    const auto vector = enable(InterruptKind::msi, watch);
    const auto events = watch.subscribe(std::make_shared<NamedBackend>()).value();
    const std::jthread other([&] {
        const std::uint64_t once = 1;
        ASSERT_EQ(system_calls::write(errors.get(), &once, sizeof once), 8);
        EXPECT_EQ(wait_for(*events, 1min).value(), 1u);
    });
    EXPECT_EQ(wait_for(*vector, std::chrono::nanoseconds::max()).error().code, ErrorCode::io);
}

TEST_F(VectorOnAnEventfd, lets_a_line_through_again_by_the_next_wait) {
    const auto vector = enable(InterruptKind::intx);
    kernel.fire();
    ASSERT_TRUE(wait_for(*vector, 0ns));
    EXPECT_EQ(kernel.asked, "");
    EXPECT_FALSE(wait_for(*vector, 0ns));
    EXPECT_EQ(kernel.asked, "u");
    EXPECT_FALSE(wait_for(*vector, 0ns));
    EXPECT_EQ(kernel.asked, "u") << "it has not fired since";
}

TEST_F(VectorOnAnEventfd, stays_masked_by_a_thread_that_masks_it_while_another_begins_to_wait) {
    const auto vector = enable(InterruptKind::intx);
    kernel.fire();
    ASSERT_TRUE(wait_for(*vector, 0ns));
    std::jthread other;
    kernel.while_unmasking = [&] {
        other = std::jthread([&] { ASSERT_TRUE(vector->mask()); });
        std::this_thread::sleep_for(20ms);
    };
    EXPECT_FALSE(wait_for(*vector, 0ns));
    other.join();
    kernel.while_unmasking = {};
    EXPECT_EQ(kernel.asked, "um");
    kernel.fire();  // it was under way
    ASSERT_TRUE(wait_for(*vector, 0ns));
    EXPECT_FALSE(wait_for(*vector, 0ns));
    EXPECT_EQ(kernel.asked, "um");
}

TEST_F(VectorOnAnEventfd, is_left_to_the_parent_by_a_forked_child_that_destroys_it) {
    auto vector = enable(InterruptKind::msi);
    const pid_t child = ::fork();
    if (child == 0) {
        vector.reset();
        ::_exit(static_cast<int>(kernel.asked.size()));
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    vector.reset();
    EXPECT_EQ(kernel.asked, "d");
}

TEST_F(VectorOnAnEventfd, lets_a_line_through_again_that_fired_while_the_wait_was_cancelled) {
    const auto vector = enable(InterruptKind::intx);
    kernel.fire();
    vector->cancel();
    ASSERT_EQ(wait_for(*vector, 0ns).error().code, ErrorCode::cancelled);
    ASSERT_TRUE(wait_for(*vector, 0ns));
    EXPECT_FALSE(wait_for(*vector, 0ns));
    EXPECT_EQ(kernel.asked, "u");
}

TEST_F(VectorOnAnEventfd, stays_masked_while_somebody_waits) {
    const auto vector = enable(InterruptKind::intx);
    kernel.fire();
    ASSERT_TRUE(vector->mask());
    ASSERT_TRUE(wait_for(*vector, 0ns)) << "it had fired before";
    EXPECT_FALSE(wait_for(*vector, 0ns));
    EXPECT_EQ(kernel.asked, "m");
    ASSERT_TRUE(vector->unmask());
    EXPECT_FALSE(wait_for(*vector, 0ns));
    EXPECT_EQ(kernel.asked, "mu") << "unmasked by its owner, it needs no more";
}

}  // namespace
}  // namespace openbar
