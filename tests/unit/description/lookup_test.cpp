#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>

namespace openbar::testing {
namespace {

using namespace description;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Description card() {
    return describe(svd(R"(
<peripheral><name>UART0</name><baseAddress>0x1000</baseAddress><registers>
<register><name>STATUS</name><addressOffset>0</addressOffset><fields>
<field><name>DONE</name><bitRange>[0:0]</bitRange></field></fields></register>
<cluster><dim>4</dim><dimIncrement>0x10</dimIncrement><name>RX[%s]</name><addressOffset>0x40</addressOffset>
<register><name>CTRL</name><addressOffset>0</addressOffset></register>
<register><name>DATA</name><addressOffset>4</addressOffset><size>16</size></register></cluster>
</registers></peripheral>
<peripheral derivedFrom="UART0"><name>UART1</name><baseAddress>0x2000</baseAddress></peripheral>
<peripheral><name>CTRL</name><baseAddress>0x3000</baseAddress><registers>
<register><name>MODE</name><addressOffset>0</addressOffset></register></registers></peripheral>)"))
        .value();
}

std::vector<std::string> names(const std::vector<Place>& places) {
    std::vector<std::string> words;
    for (const Place& place : places) words.push_back(place.name());
    return words;
}

TEST(Lookup, FindsByTheWholePathAndByItsEnd) {
    const auto c = card();
    EXPECT_EQ(c.find_register("UART1.RX[3].DATA").value().offset(), 0x2074u);
    EXPECT_EQ(c.find_register("MODE").value().name(), "CTRL.MODE");
}

TEST(Lookup, RefusesWhatMayBeSeveral) {
    const auto status = card().find_register("STATUS");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::ambiguous);
    EXPECT_THAT(status.error().message(), HasSubstr("UART0.STATUS, UART1.STATUS"));
    EXPECT_EQ(card().find_register("UART0.RX[4].CTRL").error().code, ErrorCode::not_found);
    EXPECT_EQ(card().find_register("UART0.RX[03].CTRL").error().code, ErrorCode::not_found);
    EXPECT_EQ(card().find_register("UART0.RX.CTRL").error().code, ErrorCode::not_found);
}

TEST(Lookup, NamesWhatIsSimilar) {
    const auto status = card().find_register("UART0.STATU");
    EXPECT_THAT(status.error().message(), HasSubstr("no register 'UART0.STATU'"));
    EXPECT_THAT(status.error().hint, HasSubstr("STATUS"));
    EXPECT_EQ(card().find_register("..").error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(card().find_register("").error().code, ErrorCode::invalid_argument);
}

TEST(Lookup, FindsFields) {
    const auto c = card();
    const auto field = c.find_field("UART1.STATUS.DONE").value();
    EXPECT_EQ(field.place.name(), "UART1.STATUS");
    EXPECT_EQ(field.field.low(), 0u);
    EXPECT_EQ(c.find_field("STATUS.DONE").error().code, ErrorCode::ambiguous);
    const auto wrong = c.find_field("UART0.STATUS.DON");
    EXPECT_THAT(wrong.error().message(), HasSubstr("'STATUS' has no field 'DON'"));
    EXPECT_THAT(wrong.error().hint, HasSubstr("DONE"));
}

TEST(Lookup, MatchesPatterns) {
    const auto c = card();
    EXPECT_THAT(names(c.match("UART0.RX[3].*").value()),
                ElementsAre("UART0.RX[3].CTRL", "UART0.RX[3].DATA"));
    EXPECT_THAT(names(c.match("UART?.RX[*].DATA").value()),
                ElementsAre("UART0.RX[0].DATA", "UART0.RX[1].DATA", "UART0.RX[2].DATA",
                            "UART0.RX[3].DATA", "UART1.RX[0].DATA", "UART1.RX[1].DATA",
                            "UART1.RX[2].DATA", "UART1.RX[3].DATA"));
    EXPECT_THAT(names(c.match("*1.ST*S").value()), ElementsAre("UART1.STATUS"));
    EXPECT_THAT(names(c.match("UART0.R?[2].C*").value()), ElementsAre("UART0.RX[2].CTRL"));
    EXPECT_EQ(c.match("*").value().size(), 19u);
    EXPECT_EQ(c.match("X*").error().code, ErrorCode::not_found);
}

TEST(Lookup, FindsByOffset) {
    const auto c = card();
    const auto region = c.regions()[0];
    EXPECT_THAT(names(c.at(region, 0x1000)), ElementsAre("UART0.STATUS"));
    EXPECT_THAT(names(c.at(region, 0x1003)), ElementsAre("UART0.STATUS"));
    EXPECT_THAT(names(c.at(region, 0x1004)), ElementsAre());
    EXPECT_THAT(names(c.at(region, 0x2075)), ElementsAre("UART1.RX[3].DATA"));
    EXPECT_THAT(names(c.at(region, 0x2076)), ElementsAre());
    EXPECT_THAT(names(c.at(region, 0x2080)), ElementsAre());
    EXPECT_THAT(names(c.at(region, ~std::uint64_t{0})), ElementsAre());
}

TEST(Lookup, FindsAllElementsThatOverlapAtAnOffset) {
    const auto c =
        describe(
            svd_registers("<register><dim>3</dim><dimIncrement>2</dimIncrement><name>R[%s]</name>"
                          "<addressOffset>0</addressOffset></register>"))
            .value();
    EXPECT_THAT(names(c.at(c.regions()[0], 0x1003)), ElementsAre("U.R[0]", "U.R[1]"));
    EXPECT_THAT(names(c.at(c.regions()[0], 0x1007)), ElementsAre("U.R[2]"));
}

TEST(Lookup, StopsWhereAVisitorWantsNoMore) {
    int visited = 0;
    card().for_each_register([&](const Place&) { return ++visited < 5; });
    EXPECT_EQ(visited, 5);
}

}  // namespace
}  // namespace openbar::testing
