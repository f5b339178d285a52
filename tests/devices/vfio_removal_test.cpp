// What a program sees of its card being taken away: run in the test machine, as root, with
//   --iommu --device edu --device edu --bind vfio-pci
#include "openbar/openbar.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>

namespace openbar {
namespace {

using namespace std::chrono_literals;

/// Writes what takes the card away. The kernel lets the writer wait until nobody has the card open.
std::future<bool> order(const std::string& attribute, const std::string& text) {
    return std::async(std::launch::async, [=] {
        std::ofstream file(attribute);
        file << text << std::flush;
        return file.good();
    });
}

struct Way {
    std::string address;
    std::string attribute;
    std::string text;
};

class VfioRemoval : public ::testing::TestWithParam<Way> {};

TEST_P(VfioRemoval, ends_a_wait_and_completes_when_the_device_is_closed) {
    const auto& [address, attribute, text] = GetParam();
    std::future<bool> removed;
    {
        const auto device = Device::open(address);
        ASSERT_TRUE(device) << device.error().message();
        auto vector = device->vector(0);
        ASSERT_TRUE(vector) << vector.error().message();
        EXPECT_EQ(vector->wait(100ms).error().code, ErrorCode::timed_out);

        removed = order(attribute, text);
        const auto wait = vector->wait(60s);
        ASSERT_FALSE(wait);
        EXPECT_EQ(wait.error().code, ErrorCode::removed) << wait.error().message();
        EXPECT_EQ(vector->wait(0s).error().code, ErrorCode::removed) << "told once only";
        EXPECT_EQ(removed.wait_for(200ms), std::future_status::timeout);
        // It is there until it is let go of.
        EXPECT_EQ(device->region(0).value().read<std::uint32_t>(0), 0x010000edu);
    }
    ASSERT_EQ(removed.wait_for(60s), std::future_status::ready);
    EXPECT_TRUE(removed.get());
    EXPECT_FALSE(Device::open("vfio:" + address));
}

INSTANTIATE_TEST_SUITE_P(
    , VfioRemoval,
    ::testing::Values(Way{"0000:00:04.0", "/sys/bus/pci/devices/0000:00:04.0/remove", "1"},
                      Way{"0000:00:05.0", "/sys/bus/pci/drivers/vfio-pci/unbind", "0000:00:05.0"}),
    [](const auto& way) { return way.param.text == "1" ? "unplugged" : "unbound"; });

}  // namespace
}  // namespace openbar
