/// The device that the suite was started for, and how its tests open it.
#pragma once

#include "openbar/openbar.hpp"

#include <gtest/gtest.h>

#include <string>

namespace openbar::conformance {

/// The address from the command line.
[[nodiscard]] const std::string& device_address();
void set_device_address(std::string address);

/// Every test opens the device again, so that one that leaves something behind fails the next.
class DeviceUnderTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = Device::open(device_address());
        ASSERT_TRUE(opened) << opened.error().message();
        device.emplace(std::move(*opened));
    }
    [[nodiscard]] bool is_simulated() const {
        const BackendKind backend = device->info().backend;
        return backend == BackendKind::sim || backend == BackendKind::vfio_user;
    }
    std::optional<Device> device;
};

}  // namespace openbar::conformance

/// Ends the test, saying why, where the back end does not offer what it needs.
#define OPENBAR_NEEDS(capability)                                    \
    if (!device->info().capabilities.capability)                     \
    GTEST_SKIP() << "this back end does not offer " #capability ": " \
                 << device->info().capabilities.capability.why_not
