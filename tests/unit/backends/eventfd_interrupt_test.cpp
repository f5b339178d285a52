// A vector on an eventfd, behind a stand-in for VFIO: who masks, who cancels, and what is lost by
// neither.
#include "backends/eventfd_interrupt.hpp"

#include "base/system_calls.hpp"
#include "device/wait.hpp"

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

class NamedBackend final : public Backend {
public:
    const DeviceInfo& info() const noexcept override { return info_; }
    Result<std::uint64_t> read(const RegionInfo&, std::uint64_t, unsigned) override { return {}; }
    Result<void> write(const RegionInfo&, std::uint64_t, unsigned, std::uint64_t) override {
        return {};
    }
    Result<MappedMemory> map(const RegionInfo&, Range, MemoryType, bool) override { return {}; }
    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind, std::uint32_t) override {
        return {};
    }
    Result<void> set_bus_master(bool) override { return {}; }
    Result<void> reset() override { return {}; }

private:
    DeviceInfo info_{.address = "a card"};
};

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
    [[nodiscard]] std::unique_ptr<InterruptSource> enable(InterruptKind kind,
                                                          DepartureByDescriptor& departure) {
        return *EventfdInterrupt::enable({kind, 1, true}, 0, vectors,
                                         std::make_shared<NamedBackend>(), departure);
    }
    DepartureByDescriptor stays{-1, 0, "", false};
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

TEST_F(VectorOnAnEventfd, tells_that_the_device_goes_once_nothing_is_pending) {
    const FileDescriptor going(system_calls::eventfd());
    DepartureByDescriptor goes(going.get(), POLLIN, "somebody wants it back", false);
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
