#include "cli/support/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openbar::cli {
namespace {

using ::testing::HasSubstr;

TEST(Arguments, name_regions_as_the_data_sheet_does) {
    EXPECT_EQ(parse_region("bar0"), RegionIndex{0});
    EXPECT_EQ(parse_region("5"), RegionIndex{5});
    EXPECT_EQ(parse_region("ROM"), rom_region);
    EXPECT_EQ(parse_region("Config"), configuration_region);
}

TEST(Arguments, refuse_regions_that_do_not_exist_and_offer_a_similar_one) {
    for (const char* text : {"", "6", "bar6", "-1", "bar", "00"}) EXPECT_FALSE(parse_region(text));
    EXPECT_THAT(parse_region("br0").error().cause, HasSubstr("did you mean 'bar0'?"));
}

TEST(Arguments, read_a_value_with_or_without_a_mask) {
    EXPECT_EQ(parse_masked_value("0x12").value().value, 0x12u);
    EXPECT_FALSE(parse_masked_value("0x12").value().mask);
    EXPECT_EQ(parse_masked_value("1:0xff").value().mask, 0xffu);
    for (const char* text : {"", ":", "1:", ":1", "1:2:3", "x"})
        EXPECT_FALSE(parse_masked_value(text)) << text;
}

TEST(Arguments, put_a_masked_value_over_the_old_bits) {
    EXPECT_EQ((MaskedValue{0xff, 0x0f}.over(0xa0)), 0xafu);
    EXPECT_EQ((MaskedValue{0x12, {}}.over(0xff)), 0x12u);
}

TEST(Arguments, read_an_offset_with_a_width_behind) {
    EXPECT_EQ(parse_sized_offset("0x40.B").value().width, 1u);
    EXPECT_EQ(parse_sized_offset("0x40.w").value().width, 2u);
    EXPECT_EQ(parse_sized_offset("64.L").value().width, 4u);
    EXPECT_EQ(parse_sized_offset("0x40.Q").value().offset, 0x40u);
    EXPECT_FALSE(parse_sized_offset("0x40").value().width);
    EXPECT_FALSE(parse_sized_offset("0x40.X"));
    EXPECT_FALSE(parse_sized_offset(".B"));
}

TEST(Arguments, know_which_values_fit_a_width) {
    EXPECT_TRUE(fits(0xff, 1));
    EXPECT_FALSE(fits(0x100, 1));
    EXPECT_TRUE(fits(UINT64_MAX, 8));
    EXPECT_THROW(require_fit({0x10000, {}}, 2), WrongUsage);
    EXPECT_THROW(require_fit({0, 0x10000}, 2), WrongUsage);
}

}  // namespace
}  // namespace openbar::cli
