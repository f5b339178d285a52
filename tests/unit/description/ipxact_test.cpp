// IP-XACT, in the three versions of the standard.
#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>

namespace openbar::testing {
namespace {

using namespace description;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string component(const std::string& prefix, const std::string& content) {
    std::string text =
        "<P:component><P:vendor>v</P:vendor><P:name>core</P:name><P:memoryMaps>"
        "<P:memoryMap><P:name>S_AXI</P:name>\n" +
        content + "\n</P:memoryMap></P:memoryMaps></P:component>";
    for (std::size_t at = 0; (at = text.find("P:", at)) != std::string::npos;)
        text.replace(at, 1, prefix);
    return text;
}

TEST(IpXact, Reads2009) {
    const auto card = describe(component("spirit", R"(
<P:addressBlock><P:name>Reg</P:name><P:baseAddress format="long">0x1000</P:baseAddress>
<P:range>4K</P:range><P:width>32</P:width><P:access>read-only</P:access>
<P:register><P:name>R</P:name><P:displayName>Title</P:displayName><P:description>Text</P:description>
<P:dim>4</P:dim><P:addressOffset>0x10</P:addressOffset><P:size>16</P:size>
<P:volatile>true</P:volatile>
<P:reset><P:value>0x12</P:value><P:mask>0xff</P:mask></P:reset>
<P:field><P:name>F</P:name><P:bitOffset>2</P:bitOffset><P:bitWidth>3</P:bitWidth>
<P:access>read-write</P:access>
<P:enumeratedValues><P:enumeratedValue P:usage="write"><P:name>GO</P:name><P:value>0x1</P:value>
</P:enumeratedValue></P:enumeratedValues>
<P:modifiedWriteValue>oneToClear</P:modifiedWriteValue><P:readAction>modify</P:readAction></P:field>
</P:register></P:addressBlock>)"),
                               "component.xml");
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(card->problems(), IsEmpty());
    EXPECT_EQ(card->format(), Format::ipxact);
    EXPECT_EQ(card->name(), "core");
    EXPECT_THAT(places(*card), ElementsAre("Reg.R[0] 0x1010", "Reg.R[1] 0x1012", "Reg.R[2] 0x1014",
                                           "Reg.R[3] 0x1016"));
    const auto r = card->find_register("R[2]").value().description();
    EXPECT_EQ(r.access(), Access::read_only);
    EXPECT_EQ(r.reset(), 0x12u);
    EXPECT_EQ(r.reset_mask(), 0xffu);
    EXPECT_TRUE(r.is_volatile());
    const auto f = r.fields()[0];
    EXPECT_EQ(f.high(), 4u);
    EXPECT_EQ(f.access(), Access::read_write);
    EXPECT_EQ(f.write_effect(), WriteEffect::one_to_clear);
    EXPECT_EQ(f.read_effect(), ReadEffect::other);
    EXPECT_FALSE(f.enumerations()[0].for_reading());
    EXPECT_EQ(f.enumerations()[0].values()[0].name(), "GO");
    EXPECT_EQ(f.location(Fact::write_effect).line, 13u);
}

TEST(IpXact, Reads2014AndItsResetsOfFields) {
    const auto card = describe(component("ipxact", R"(
<P:addressBlock><P:name>B</P:name><P:baseAddress>'h100</P:baseAddress><P:range>64</P:range>
<P:width>32</P:width>
<P:registerFile><P:name>CH</P:name><P:dim>2</P:dim><P:addressOffset>'h8</P:addressOffset><P:range>16</P:range>
<P:register><P:name>R</P:name><P:dim>2</P:dim><P:dim>2</P:dim><P:addressOffset>0</P:addressOffset><P:size>8</P:size>
<P:field><P:name>X</P:name><P:bitOffset>4</P:bitOffset><P:resets><P:reset><P:value>4'b1010</P:value></P:reset></P:resets>
<P:bitWidth>4</P:bitWidth></P:field></P:register></P:registerFile></P:addressBlock>
<P:addressUnitBits>8</P:addressUnitBits>)"),
                               "component.xml");
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(card->problems(), IsEmpty());
    EXPECT_EQ(card->find_register("CH[1].R[1][0]").value().offset(), 0x11au);
    const auto r = card->find_register("CH[0].R[0][0]").value().description();
    EXPECT_EQ(r.reset(), 0xa0u);
    EXPECT_EQ(r.reset_mask(), 0xf0u);
}

TEST(IpXact, Reads2022AndItsPolicies) {
    const auto card = describe(component("ipxact", R"(
<P:addressBlock><P:name>B</P:name><P:baseAddress>0</P:baseAddress><P:range>64</P:range><P:width>32</P:width>
<P:register><P:name>R</P:name><P:array><P:dim>3</P:dim><P:stride>8</P:stride></P:array>
<P:addressOffset>0</P:addressOffset><P:size>32</P:size>
<P:field><P:name>X</P:name><P:bitOffset>0</P:bitOffset><P:bitWidth>1</P:bitWidth>
<P:fieldAccessPolicies><P:fieldAccessPolicy><P:access>no-access</P:access>
<P:readAction>clear</P:readAction></P:fieldAccessPolicy></P:fieldAccessPolicies></P:field></P:register>
<P:register><P:name>Q</P:name><P:addressOffset>'h40</P:addressOffset><P:registerDefinitionRef>d</P:registerDefinitionRef>
</P:register></P:addressBlock>)"),
                               "component.xml");
    ASSERT_TRUE(card) << message(card);
    EXPECT_EQ(card->find_register("R[2]").value().offset(), 0x10u);
    const auto x = card->find_register("R[2]").value().description().fields()[0];
    EXPECT_EQ(x.access(), Access::none);
    EXPECT_EQ(x.read_effect(), ReadEffect::clear);
    ASSERT_EQ(card->problems().size(), 1u);
    EXPECT_THAT(card->problems()[0].text, HasSubstr("registerDefinitionRef"));
}

TEST(IpXact, PlacesTheBlocksOfASerialBankBehindEachOther) {
    const auto card = describe(component("spirit", R"(
<P:bank P:bankAlignment="serial"><P:name>K</P:name><P:baseAddress>0x100</P:baseAddress>
<P:addressBlock><P:name>A</P:name><P:range>0x20</P:range><P:register><P:name>R</P:name>
<P:addressOffset>4</P:addressOffset><P:size>32</P:size></P:register></P:addressBlock>
<P:addressBlock><P:name>B</P:name><P:range>0x20</P:range><P:register><P:name>R</P:name>
<P:addressOffset>4</P:addressOffset><P:size>32</P:size></P:register></P:addressBlock></P:bank>)"),
                               "component.xml");
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(places(*card), ElementsAre("A.R 0x104", "B.R 0x124"));
}

TEST(IpXact, CountsAddressesInTheirUnits) {
    const auto card = describe(component("spirit", R"(
<P:addressBlock><P:name>B</P:name><P:baseAddress>0x10</P:baseAddress><P:range>64</P:range><P:width>32</P:width>
<P:register><P:name>R</P:name><P:addressOffset>1</P:addressOffset><P:size>32</P:size></P:register>
</P:addressBlock><P:addressUnitBits>32</P:addressUnitBits>)"),
                               "component.xml");
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(places(*card), ElementsAre("B.R 0x44"));
}

TEST(IpXact, ReportsExpressionsAndOtherFiles) {
    const auto card = describe(component("ipxact", R"(
<P:addressBlock><P:name>B</P:name><P:baseAddress>BASE+4</P:baseAddress><P:range>64</P:range><P:width>32</P:width>
<P:register><P:name>R</P:name><P:addressOffset>WIDTH/8</P:addressOffset><P:size>32</P:size></P:register>
</P:addressBlock>)"),
                               "component.xml");
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(brief(card->problems()), ElementsAre("malformed 3", "malformed 4", "malformed 4"));
    EXPECT_THAT(message(describe("<spirit:busDefinition/>", "bus.xml")),
                HasSubstr("openbar reads components"));
}

}  // namespace
}  // namespace openbar::testing
