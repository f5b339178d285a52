// Reports of a device, through descriptors that the test signals.
#include "backends/device_watch.hpp"

#include "base/system_calls.hpp"
#include "device/wait.hpp"
#include "tests/unit/backends/named_backend.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <thread>

namespace openbar {
namespace {

using namespace std::chrono_literals;

void signal(const FileDescriptor& event) {
    const std::uint64_t one = 1;
    ASSERT_EQ(system_calls::write(event.get(), &one, sizeof one), 8);
}

bool is_readable(int descriptor) {
    pollfd handle{descriptor, POLLIN, 0};
    return system_calls::poll(&handle, 1, 0ns) == 1;
}

struct CountingListener final : DeviceWatch::Listener {
    void note_error() noexcept override { ++errors; }
    int errors = 0;
};

class AWatch : public ::testing::Test {
protected:
    AWatch() {
        watch.add_departure({going.get(), POLLIN, 0}, DeviceEvent::removal_requested,
                            "wanted back");
        watch.add_departure({gone.get(), POLLIN, 0}, DeviceEvent::removed, "gone");
        watch.add_errors(errors.get());
    }
    ~AWatch() override { system_calls::set_hook_for_tests({}); }
    [[nodiscard]] std::unique_ptr<EventSource> subscribe() {
        return watch.subscribe(std::make_shared<NamedBackend>()).value();
    }
    /// The next event, taken without waiting.
    [[nodiscard]] static Result<DeviceEvent> next(EventSource& events) {
        return wait_for(events, 0ns).transform([&](std::uint64_t) { return events.next(); });
    }

    FileDescriptor going{system_calls::eventfd()};
    FileDescriptor gone{system_calls::eventfd()};
    FileDescriptor errors{system_calls::non_blocking_eventfd()};
    DeviceWatch watch{EndsEveryWait::no, [](DeviceEvent) { return Result<void>(); }};
};

TEST_F(AWatch, reports_to_each_subscription_in_the_order_of_the_events) {
    const auto one = subscribe();
    const auto other = subscribe();
    EXPECT_EQ(next(*one).error().code, ErrorCode::timed_out);
    watch.report(DeviceEvent::reset);
    signal(errors);
    EXPECT_EQ(next(*other).value(), DeviceEvent::reset);
    signal(going);
    for (const auto event : {DeviceEvent::error, DeviceEvent::removal_requested})
        EXPECT_EQ(next(*other).value(), event);
    EXPECT_EQ(next(*other).error().code, ErrorCode::timed_out);
    for (const auto event :
         {DeviceEvent::reset, DeviceEvent::error, DeviceEvent::removal_requested})
        EXPECT_EQ(next(*one).value(), event);
    EXPECT_EQ(next(*one).error().code, ErrorCode::timed_out);
}

TEST_F(AWatch, makes_the_handle_readable_exactly_while_there_is_something_to_take) {
    const auto events = subscribe();
    EXPECT_FALSE(is_readable(events->native_handle()));
    signal(going);
    EXPECT_TRUE(is_readable(events->native_handle())) << "before any wait has polled";
    EXPECT_TRUE(next(*events));
    EXPECT_FALSE(is_readable(events->native_handle())) << "the descriptor stays signalled";
    signal(errors);
    watch.report(DeviceEvent::reset);
    EXPECT_TRUE(next(*events));
    EXPECT_TRUE(is_readable(events->native_handle())) << "one is left";
    EXPECT_TRUE(next(*events));
    EXPECT_FALSE(is_readable(events->native_handle()));
}

TEST_F(AWatch, reports_once_an_event_that_occurs_again_before_it_was_taken) {
    const auto events = subscribe();
    for (int round = 0; round < 1000; ++round) watch.report(DeviceEvent::reset);
    EXPECT_EQ(wait_for(*events, 0ns).value(), 1u);
    EXPECT_TRUE(next(*events));
    EXPECT_FALSE(next(*events));
    watch.report(DeviceEvent::reset);
    EXPECT_TRUE(next(*events));
}

TEST_F(AWatch, reports_a_departure_to_later_subscriptions_but_no_earlier_events) {
    watch.report(DeviceEvent::reset);
    signal(going);
    const auto early = subscribe();
    EXPECT_EQ(next(*early).value(), DeviceEvent::removal_requested) << "no wait had polled";
    const auto late = subscribe();
    EXPECT_TRUE(is_readable(late->native_handle()));
    EXPECT_EQ(next(*late).value(), DeviceEvent::removal_requested);
    EXPECT_EQ(next(*late).error().code, ErrorCode::timed_out);
}

TEST_F(AWatch, ends_waits_for_events_once_the_device_has_gone) {
    const auto events = subscribe();
    signal(gone);
    EXPECT_EQ(next(*events).value(), DeviceEvent::removed);
    EXPECT_EQ(wait_for(*events, 1min).error().code, ErrorCode::removed);
    EXPECT_TRUE(is_readable(events->native_handle()));
}

TEST_F(AWatch, notes_each_error_once_for_all_listeners) {
    CountingListener one;
    CountingListener other;
    watch.add(one);
    watch.add(other);
    signal(errors);
    for (int look = 0; look < 3; ++look) {
        auto handles = watch.handles();
        static_cast<void>(system_calls::poll(handles.all().data(), handles.all().size(), 0ns));
        EXPECT_EQ(watch.check(handles.all()).value(), look == 0);
    }
    EXPECT_EQ(one.errors, 1);
    watch.remove(one);
    signal(errors);
    const auto events = subscribe();
    EXPECT_EQ(next(*events).value(), DeviceEvent::error);
    EXPECT_EQ(one.errors, 1);
    EXPECT_EQ(other.errors, 2);
}

TEST_F(AWatch, lets_a_wait_for_events_be_cancelled) {
    const auto events = subscribe();
    events->cancel();
    EXPECT_EQ(wait_for(*events, 1min).error().code, ErrorCode::cancelled);
    EXPECT_EQ(wait_for(*events, 0ns).error().code, ErrorCode::timed_out);
    const std::jthread other([&] { events->cancel(); });
    EXPECT_EQ(wait_for(*events, std::chrono::nanoseconds::max()).error().code,
              ErrorCode::cancelled);
}

TEST_F(AWatch, wakes_all_waits_by_one_error) {
    const auto one = subscribe();
    const auto other = subscribe();
    std::jthread first([&] { EXPECT_EQ(wait_for(*one, 1min).value(), 1u); });
    std::jthread second([&] { EXPECT_EQ(wait_for(*other, 1min).value(), 1u); });
    std::this_thread::sleep_for(10ms);
    signal(errors);
}

TEST_F(AWatch, triggers_only_what_can_be_reported) {
    for (const auto event : {DeviceEvent::error, DeviceEvent::removal_requested})
        EXPECT_TRUE(watch.trigger(event)) << event;
    const DeviceWatch without(EndsEveryWait::no, [](DeviceEvent) { return Result<void>(); });
    for (const auto event : {DeviceEvent::error, DeviceEvent::removal_requested})
        EXPECT_EQ(without.trigger(event).error().code, ErrorCode::unsupported) << event;
    for (const auto event : {DeviceEvent::reset, DeviceEvent::removed, DeviceEvent::power_down})
        EXPECT_EQ(watch.trigger(event).error().code, ErrorCode::unsupported) << event;
}

TEST_F(AWatch, refuses_a_subscription_without_descriptors_and_leaves_none_behind) {
    for (const std::string call : {"epoll_create1", "eventfd", "epoll_ctl"}) {
        system_calls::set_hook_for_tests(
            [&](std::string_view asked) { return asked == call ? EMFILE : 0; });
        const auto failed = watch.subscribe(std::make_shared<NamedBackend>());
        system_calls::set_hook_for_tests({});
        ASSERT_FALSE(failed) << call;
        EXPECT_EQ(failed.error().code, ErrorCode::resource_exhausted);
        watch.report(DeviceEvent::reset);
    }
}

}  // namespace
}  // namespace openbar
