// Two small BARs in one page: run in the test machine with
//   --pack-bars --device rtl8139 --device sdhci-pci
#include "openbar/openbar.hpp"

#include <gtest/gtest.h>

namespace openbar {
namespace {

TEST(PackedBars, are_not_mapped_because_of_their_neighbour) {
    const auto device = Device::open("0000:00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    const auto mapping = device->map(1);
    ASSERT_FALSE(mapping);
    EXPECT_EQ(mapping.error().code, ErrorCode::unsupported);
    EXPECT_NE(mapping.error().cause.find("shares its page with"), std::string::npos)
        << mapping.error().message();
    EXPECT_NE(mapping.error().hint.find("request access"), std::string::npos);
}

TEST(PackedBars, answer_requests_and_only_within_their_own_bounds) {
    const auto device = Device::open("0000:00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    const Region region = *device->region(1);
    EXPECT_EQ(region.read<std::uint16_t>(0), 0x5452) << "its MAC address begins with 52:54";
    EXPECT_EQ(region.read<std::uint8_t>(region.size()).error().code, ErrorCode::out_of_range);
}

}  // namespace
}  // namespace openbar
