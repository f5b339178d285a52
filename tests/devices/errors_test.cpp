// An error of a PCI Express card (AER), triggered through the kernel. Run in the test machine, as
// root, with
//   --iommu --device e1000e --bind vfio-pci
#include "openbar/openbar.hpp"

#include <gtest/gtest.h>

namespace openbar {
namespace {

using namespace std::chrono_literals;

TEST(AnUncorrectableError, is_an_event_and_ends_one_wait_of_each_vector) {
    const auto device = Device::open("vfio:00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    auto events = device->events().value();
    auto one = device->vector(InterruptKind::msix, 0).value();
    auto other = device->vector(InterruptKind::msix, 1).value();
    EXPECT_EQ(wait_any({one, other, events}, 0s).error().code, ErrorCode::timed_out);
    const auto triggered = events.trigger(DeviceEvent::error);
    ASSERT_TRUE(triggered) << triggered.error().message();
    EXPECT_EQ(events.wait(10s).value(), DeviceEvent::error);
    for (Interrupt* vector : {&one, &other}) {
        const auto wait = vector->wait(10s);
        ASSERT_FALSE(wait);
        EXPECT_EQ(wait.error().code, ErrorCode::io) << wait.error().message();
        EXPECT_EQ(vector->wait(0s).error().code, ErrorCode::timed_out);
    }
}

TEST(AnUncorrectableError, ends_a_wait_that_nothing_else_would_end) {
    const auto device = Device::open("vfio:00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    auto vector = device->vector(InterruptKind::msix, 0).value();
    ASSERT_TRUE(device->events().value().trigger(DeviceEvent::error));
    EXPECT_EQ(vector.wait(30s).error().code, ErrorCode::io);
}

}  // namespace
}  // namespace openbar
