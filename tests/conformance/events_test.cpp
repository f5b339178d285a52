// Events of the whole device, triggered from software where the back end can.
#include "interrupts_under_test.hpp"
#include "system.hpp"

#include <thread>

using namespace std::chrono_literals;

namespace openbar::conformance {
namespace {

class DeviceEvents : public Interrupts {
protected:
    [[nodiscard]] Events subscribe() const { return device->events().value(); }
};

TEST_F(DeviceEvents, are_refused_with_the_reason_where_there_are_none) {
    if (device->info().capabilities.events) GTEST_SKIP() << "this back end reports events";
    const auto events = device->events();
    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().code, ErrorCode::unsupported);
    EXPECT_EQ(events.error().cause, device->info().capabilities.events.why_not);
}

TEST_F(DeviceEvents, are_none_until_something_happens) {
    OPENBAR_NEEDS(events);
    auto events = subscribe();
    EXPECT_FALSE(is_signalled(events.native_handle(), 0ms));
    EXPECT_EQ(events.wait(10ms).error().code, ErrorCode::timed_out);
}

TEST_F(DeviceEvents, report_a_reset) {
    OPENBAR_NEEDS(events);
    OPENBAR_NEEDS(reset);
    auto events = subscribe();
    ASSERT_TRUE(device->reset());
    EXPECT_TRUE(is_signalled(events.native_handle(), 5s));
    EXPECT_EQ(events.wait(5s).value(), DeviceEvent::reset);
    EXPECT_FALSE(is_signalled(events.native_handle(), 0ms));
}

TEST_F(DeviceEvents, report_an_error_and_so_does_one_wait_for_an_interrupt) {
    OPENBAR_NEEDS(events);
    OPENBAR_NEEDS(interrupts);
    auto events = subscribe();
    auto vector = device->vector(0).value();
    if (const auto fired = events.trigger(DeviceEvent::error); !fired)
        GTEST_SKIP() << fired.error().message();
    EXPECT_TRUE(is_signalled(events.native_handle(), 5s));
    EXPECT_EQ(events.wait(5s).value(), DeviceEvent::error);
    EXPECT_EQ(vector.wait(5s).error().code, ErrorCode::io);
    raise(1);
    EXPECT_TRUE(vector.wait(5s)) << "the error is returned once";
    acknowledge(1);
}

TEST_F(DeviceEvents, that_are_not_subscribed_to_end_a_wait_as_well) {
    OPENBAR_NEEDS(events);
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0).value();
    if (const auto fired = subscribe().trigger(DeviceEvent::error); !fired)
        GTEST_SKIP() << fired.error().message();
    EXPECT_EQ(vector.wait(5s).error().code, ErrorCode::io);
}

TEST_F(DeviceEvents, report_that_the_device_is_wanted_back_and_end_every_wait) {
    OPENBAR_NEEDS(events);
    OPENBAR_NEEDS(interrupts);
    auto events = subscribe();
    auto vector = device->vector(0).value();
    const std::jthread other([&] {
        std::this_thread::sleep_for(20ms);
        const auto fired = events.trigger(DeviceEvent::removal_requested);
        EXPECT_TRUE(fired) << fired.error().message();
    });
    const auto waited = vector.wait(30s);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::removed) << waited.error().message();
    EXPECT_EQ(events.wait(5s).value(), DeviceEvent::removal_requested);
    EXPECT_EQ(events.wait(0s).error().code, ErrorCode::timed_out) << "it is reported once";
    EXPECT_EQ(subscribe().wait(5s).value(), DeviceEvent::removal_requested);
    EXPECT_EQ(vector.wait(30s).error().code, ErrorCode::removed);
}

TEST_F(DeviceEvents, cannot_all_be_triggered) {
    OPENBAR_NEEDS(events);
    auto events = subscribe();
    for (const auto event : {DeviceEvent::power_down, DeviceEvent::removed, DeviceEvent::reset})
        EXPECT_EQ(events.trigger(event).error().code, ErrorCode::unsupported) << event;
    EXPECT_EQ(events.wait(0s).error().code, ErrorCode::timed_out);
}

}  // namespace
}  // namespace openbar::conformance
