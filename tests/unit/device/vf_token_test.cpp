#include "openbar/vf_token.hpp"

#include "openbar/device.hpp"

#include <gtest/gtest.h>

#include <string>

namespace openbar {
namespace {

TEST(VfToken, keeps_its_bytes_in_the_order_of_the_text) {
    const auto token = VfToken::parse("14D63f20-8445-11ea-8900-1f9ce7d5650d").value();
    EXPECT_EQ(token.to_string(), "14d63f20-8445-11ea-8900-1f9ce7d5650d");
    EXPECT_EQ(token.bytes()[0], std::byte{0x14});
    EXPECT_EQ(token.bytes()[4], std::byte{0x84});
    EXPECT_EQ(token.bytes()[15], std::byte{0x0d});
}

TEST(VfToken, is_refused_if_it_is_not_a_uuid) {
    const std::string good = "14d63f20-8445-11ea-8900-1f9ce7d5650d";
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_FALSE(VfToken::parse(good.substr(0, length))) << length;
    for (std::size_t place = 0; place < good.size(); ++place)
        for (const char wrong : {'g', ' ', '+', '\0', good[place] == '-' ? '0' : '-'}) {
            std::string text = good;
            text[place] = wrong;
            EXPECT_EQ(VfToken::parse(text).error().code, ErrorCode::invalid_argument) << text;
        }
    EXPECT_FALSE(VfToken::parse(good + "0"));
    EXPECT_FALSE(VfToken::parse("{" + good + "}"));
}

TEST(VfToken, is_refused_for_devices_that_are_not_opened_through_vfio) {
    const auto token = VfToken::parse("14d63f20-8445-11ea-8900-1f9ce7d5650d").value();
    for (const char* address : {"sim:edu", "mem:0x1000+0x1000", "vfio-user:/tmp/none"}) {
        const auto device = Device::open(address, {.vf_token = token});
        ASSERT_FALSE(device) << address;
        EXPECT_EQ(device.error().code, ErrorCode::unsupported) << address;
        EXPECT_EQ(device.error().attempted, std::string("open ") + address);
    }
}

}  // namespace
}  // namespace openbar
