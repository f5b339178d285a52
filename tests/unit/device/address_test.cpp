#include "openbar/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace openbar {
namespace {

using ::testing::HasSubstr;

TEST(DeviceAddress, is_written_back_in_its_canonical_form) {
    for (const auto& [text, canonical] : std::initializer_list<std::pair<const char*, const char*>>{
             {"0000:03:00.0", "0000:03:00.0"},
             {"3:0.0", "0000:03:00.0"},
             {"vfio:03:1f.7", "vfio:0000:03:1f.7"},
             {"10000:E1:00.0", "10000:e1:00.0"},
             {"pci:8086:100E", "pci:8086:100e"},
             {"sysfs:pci:1234:11e8", "sysfs:pci:1234:11e8"},
             {"vfio-user:/run/card.sock", "vfio-user:/run/card.sock"},
             {"sim:82540em,wire=loop", "sim:82540em,wire=loop"},
             {"mem:0xfed00000+4k", "mem:0xfed00000+0x1000"},
             {"dt:/pl031@9010000", "dt:/pl031@9010000"},
             {"uio:dt:/pl031@9010000", "uio:dt:/pl031@9010000"}}) {
        const auto address = DeviceAddress::parse(text);
        ASSERT_TRUE(address) << address.error().message();
        EXPECT_EQ(address->to_string(), canonical);
        EXPECT_EQ(DeviceAddress::parse(canonical).value().to_string(), canonical);
    }
}

TEST(DeviceAddress, that_is_malformed_is_refused_with_the_right_forms) {
    for (const char* text : {"",
                             ":",
                             "03",
                             "03:00",
                             "03:00.8",
                             "03:20.0",
                             "0g:00.0",
                             "03:00.0x",
                             "-1:00.0",
                             "123456789:03:00.0",
                             "pci:",
                             "pci:1234",
                             "pci:12345:1",
                             "pci:1234:",
                             "mem:",
                             "mem:0x1000",
                             "mem:0x1000+0",
                             "mem:0xffffffffffffffff+2",
                             "mem:x+1",
                             "sim:",
                             "vfio-user:",
                             "dt:",
                             "vfio:",
                             "vfio:sim:edu",
                             "vfio:uio:03:00.0",
                             "uio:mem:0+1",
                             "bogus:03:00.0"}) {
        const auto address = DeviceAddress::parse(text);
        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().code, ErrorCode::invalid_argument) << text;
        EXPECT_THAT(address.error().hint, HasSubstr("0000:03:00.0")) << text;
    }
}

TEST(DeviceAddress, with_many_back_ends_in_front_is_refused) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "vfio:";
    text += "03:00.0";
    EXPECT_EQ(DeviceAddress::parse(text).error().code, ErrorCode::invalid_argument);
}

TEST(Number, is_decimal_or_hexadecimal_with_a_suffix) {
    EXPECT_EQ(*parse_number("0"), 0u);
    EXPECT_EQ(*parse_number("010"), 10u) << "no octal";
    EXPECT_EQ(*parse_number("0xFf"), 255u);
    EXPECT_EQ(*parse_number("4k"), 4096u);
    EXPECT_EQ(*parse_number("0x10M"), 0x1000000u);
    EXPECT_EQ(*parse_number("18446744073709551615"), UINT64_MAX);
}

TEST(Number, that_is_none_or_does_not_fit_is_refused) {
    for (const char* text : {"", "k", "0x", "-1", "+1", " 1", "1 ", "1kk", "1.5", "0x1g",
                             "18446744073709551616", "0xfffffffffffffffffk", "17179869184G"})
        EXPECT_FALSE(parse_number(text)) << text;
}

}  // namespace
}  // namespace openbar
