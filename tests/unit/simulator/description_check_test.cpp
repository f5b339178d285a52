#include "simulator/description_check.hpp"

#include <gmock/gmock.h>

namespace openbar::simulator {
namespace {

using testing::HasSubstr;

Description good_card() {
    Description description{.name = "card", .vendor = 0x1234};
    description.regions = {
        {.index = 0, .size = 0x10000, .is_64bit = true, .plain = {{0x1000, 0x2000}}},
        {.index = 2, .size = 64, .port_io = true}};
    description.msi_vectors = 32;
    description.msix_vectors = 16;
    description.msix_offset = 0x8000;
    return description;
}

TEST(DescriptionCheck, finds_nothing_wrong_with_a_good_card) {
    EXPECT_EQ(mistake_in(good_card()), "");
}

TEST(DescriptionCheck, names_the_region_and_its_mistake) {
    Description description = good_card();
    description.regions[0].size = 0x1800;
    EXPECT_EQ(mistake_in(description), "region 0: its size 0x1800 is not a power of two");
    description = good_card();
    description.regions[1].size = 512;
    EXPECT_THAT(mistake_in(description), HasSubstr("256 ports"));
    description = good_card();
    description.regions[0].is_64bit = false;
    description.regions[0].size = 1ull << 32;
    EXPECT_THAT(mistake_in(description), HasSubstr("64-bit"));
}

TEST(DescriptionCheck, finds_regions_that_are_in_each_others_way) {
    Description description = good_card();
    description.regions[1].index = 1;
    EXPECT_THAT(mistake_in(description), HasSubstr("region 1: it is there twice, or is the upper"));
    description.regions[1].index = 7;
    EXPECT_THAT(mistake_in(description), HasSubstr("region 7: there are BARs 0 to 5"));
}

TEST(DescriptionCheck, finds_plain_parts_that_cannot_be_mapped) {
    Description description = good_card();
    description.regions[0].plain[0].offset = 0x1080;
    EXPECT_THAT(mistake_in(description), HasSubstr("whole pages"));
    description.regions[0].plain[0] = {0xf000, 0x2000};
    EXPECT_THAT(mistake_in(description), HasSubstr("ends behind the region"));
    description.regions[0].plain[0] = {0x8000, 0x1000};
    EXPECT_THAT(mistake_in(description), HasSubstr("MSI-X table lies in a plain part"));
}

TEST(DescriptionCheck, finds_interrupts_that_no_card_can_have) {
    Description description = good_card();
    description.msi_vectors = 3;
    EXPECT_THAT(mistake_in(description), HasSubstr("msi_vectors is 3"));
    description = good_card();
    description.msix_vectors = 2049;
    EXPECT_THAT(mistake_in(description), HasSubstr("more than 2048"));
    description = good_card();
    description.msix_offset = 0xff00;
    EXPECT_THAT(mistake_in(description), HasSubstr("end behind their BAR"));
    description = good_card();
    description.msix_region = 2;
    EXPECT_THAT(mistake_in(description), HasSubstr("no memory BAR"));
}

TEST(DescriptionCheck, finds_a_card_without_identity) {
    Description description = good_card();
    description.name.clear();
    EXPECT_THAT(mistake_in(description), HasSubstr("no name"));
    description = good_card();
    description.vendor = 0xffff;
    EXPECT_THAT(mistake_in(description), HasSubstr("0xffff"));
}

}  // namespace
}  // namespace openbar::simulator
