#include "cli/configuration/capability_layouts.hpp"
#include "cli/configuration/header.hpp"
#include "cli/configuration/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace openbar::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TEST(ConfigurationLocation, takes_registers_by_name_in_their_own_width) {
    const auto command = parse_location("COMMAND");
    ASSERT_TRUE(command);
    EXPECT_EQ(command->offset, 0x04u);
    EXPECT_EQ(command->width, 2u);
    EXPECT_EQ(parse_location("command.B")->width, 1u);
    EXPECT_EQ(parse_location("BASE_ADDRESS_2")->offset, 0x18u);
    EXPECT_EQ(parse_location("secondary_bus")->offset, 0x19u);
}

TEST(ConfigurationLocation, takes_offsets_as_32_bits_unless_told) {
    EXPECT_EQ(parse_location("0x40")->width, 4u);
    EXPECT_EQ(parse_location("64.W")->offset, 64u);
    EXPECT_EQ(parse_location("64.W")->width, 2u);
    EXPECT_FALSE(parse_location("0x40.Q"));
}

TEST(ConfigurationLocation, takes_capabilities_as_setpci_does) {
    const auto msi = parse_location("CAP_MSI+2.W");
    ASSERT_TRUE(msi);
    EXPECT_EQ(msi->capability->id, 5u);
    EXPECT_FALSE(msi->capability->extended);
    EXPECT_EQ(msi->offset, 2u);
    EXPECT_EQ(msi->width, 2u);
    const auto errors = parse_location("ecap_aer+0x10");
    ASSERT_TRUE(errors);
    EXPECT_TRUE(errors->capability->extended);
    EXPECT_EQ(errors->offset, 0x10u);
    EXPECT_EQ(parse_location("CAP10+8.W")->capability->id, 0x10u);
    EXPECT_EQ(parse_location("CAP_VNDR@1")->capability->instance, 1u);
}

TEST(ConfigurationLocation, counts_capabilities_and_nothing_else) {
    EXPECT_TRUE(parse_location("CAP_VNDR@0"));
    EXPECT_FALSE(parse_location("command@0"));
    EXPECT_FALSE(parse_location("bar0@1"));
}

TEST(ConfigurationHeader, tells_the_errors_of_the_bus_behind_a_bridge_as_received) {
    const RegisterLayout* status = find_bridge_register("sec_status");
    ASSERT_NE(status, nullptr);

    EXPECT_THAT(decode(0x4000, status->fields), Contains(Pair("<SERR", "+")));
    EXPECT_THAT(decode(0x0018, status->fields), Not(Contains(Pair("Cap", testing::_))));
}

TEST(ConfigurationLocation, offers_a_similar_name_for_an_unknown_one) {
    EXPECT_THAT(parse_location("comand").error().cause, HasSubstr("did you mean 'command'?"));
    EXPECT_THAT(parse_location("CAP_MSIY").error().cause, HasSubstr("CAP_MSI"));
    for (const char* text : {"", "+2", "CAP_", "CAP", "CAPzz", "CAP_MSI+", "CAP_MSI+x", "command+"})
        EXPECT_FALSE(parse_location(text)) << text;
}

TEST(ConfigurationFields, decode_flags_numbers_and_names) {
    static constexpr Field fields[] = {
        {0, 0, "Enable"}, {1, 1, "Masked"}, {6, 4, "Vectors", "1,2,4,8"}, {15, 8, "Count"}};

    EXPECT_THAT(decode(0x0721, fields), ElementsAre(Pair("Enable", "+"), Pair("Masked", "-"),
                                                    Pair("Vectors", "4"), Pair("Count", "7")));
}

TEST(ConfigurationFields, show_the_number_where_a_value_has_no_name) {
    static constexpr Field fields[] = {{3, 0, "Speed", "a,,c"}, {31, 0, "All"}};

    EXPECT_THAT(decode(1, fields), ElementsAre(Pair("Speed", "1"), Pair("All", "1")));
    EXPECT_THAT(decode(9, fields), ElementsAre(Pair("Speed", "9"), Pair("All", "9")));
}

TEST(ConfigurationFields, show_addresses_with_the_bits_below_them) {
    static constexpr Field fields[] = {{2, 0, "BAR"}, {31, 3, "Offset", {}, true}};

    EXPECT_THAT(decode(0x2001, fields), ElementsAre(Pair("BAR", "1"), Pair("Offset", "0x2000")));
}

TEST(ConfigurationFields, tell_the_upper_half_of_an_address_from_a_base_address) {
    std::array<DecodedRegister, 3> bars{DecodedRegister{"bar0", 0x10, 4, 0x1000000c},
                                        {"bar1", 0x14, 4, 0x1},
                                        {"bar2", 0x18, 4, 0xc001}};

    decode_base_addresses(bars);

    EXPECT_THAT(bars[0].fields,
                ElementsAre(Pair("Space", "memory"), Pair("Type", "64-bit"),
                            Pair("Prefetchable", "+"), Pair("Address", "0x10000000")));
    EXPECT_THAT(bars[1].fields, ElementsAre(Pair("UpperHalf", "0x1")));
    EXPECT_THAT(bars[2].fields, ElementsAre(Pair("Space", "I/O"), Pair("Address", "0xc000")));
}

TEST(CapabilityLayouts, describe_fields_within_their_registers) {
    for (std::uint16_t id = 0; id < 0x40; ++id)
        for (const bool extended : {false, true}) {
            const CapabilityLayout* layout = find_capability_layout(id, extended);
            if (layout == nullptr) continue;
            EXPECT_EQ(find_capability_layout(layout->setpci_name, extended), layout);
            for (const RegisterLayout& each : layout->registers) {
                EXPECT_EQ(each.offset % each.width, 0) << layout->setpci_name << " " << each.name;
                for (const Field& field : each.fields) {
                    EXPECT_LE(field.low, field.high) << each.name << " " << field.name;
                    EXPECT_LT(field.high, 8 * each.width) << each.name << " " << field.name;
                }
            }
        }
}

}  // namespace
}  // namespace openbar::cli
