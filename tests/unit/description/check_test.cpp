#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace openbar::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> found_in(const std::string& registers) {
    const auto card = describe(svd_registers(registers));
    return card ? brief(card->check()) : std::vector{message(card)};
}

TEST(Check, FindsRegistersThatOverlap) {
    EXPECT_THAT(found_in("<register><name>A</name><addressOffset>0</addressOffset></register>\n"
                         "<register><name>B</name><addressOffset>2</addressOffset>"
                         "<size>16</size></register>"),
                ElementsAre("overlap 5"));
}

TEST(Check, LetsAlternatesOverlap) {
    EXPECT_THAT(
        found_in(
            "<register><name>A</name><addressOffset>0</addressOffset><access>read-only</access>"
            "</register>\n"
            "<register><name>B</name><addressOffset>0</addressOffset><access>write-only</access>"
            "</register>"
            "<register><name>C</name><addressOffset>0</addressOffset>"
            "<alternateRegister>A</alternateRegister></register>"
            "<register><name>D</name><addressOffset>0</addressOffset>"
            "<alternateGroup>G</alternateGroup></register>"),
        IsEmpty());
}

TEST(Check, LetsArraysInterleave) {
    EXPECT_THAT(found_in("<register><dim>4</dim><dimIncrement>8</dimIncrement><name>A[%s]</name>"
                         "<addressOffset>0</addressOffset></register>"
                         "<register><dim>4</dim><dimIncrement>8</dimIncrement><name>B[%s]</name>"
                         "<addressOffset>4</addressOffset></register>"),
                IsEmpty());
    EXPECT_THAT(found_in("<register><dim>4</dim><dimIncrement>8</dimIncrement><name>A[%s]</name>"
                         "<addressOffset>0</addressOffset></register>\n"
                         "<register><name>B</name><addressOffset>0x10</addressOffset></register>"),
                ElementsAre("overlap 5"));
}

TEST(Check, FindsElementsLargerThanTheirStride) {
    EXPECT_THAT(
        found_in("<cluster><dim>2</dim><dimIncrement>4</dimIncrement><name>C[%s]</name>"
                 "<addressOffset>0</addressOffset>"
                 "<register><name>A</name><addressOffset>4</addressOffset></register></cluster>"),
        ElementsAre("stride 4"));
}

TEST(Check, FindsFieldsOutsideAndOnEachOther) {
    EXPECT_THAT(
        found_in(
            "<register><name>A</name><addressOffset>0</addressOffset><size>8</size><fields>\n"
            "<field><name>X</name><bitRange>[8:7]</bitRange></field>\n"
            "<field><name>Y</name><bitRange>[3:0]</bitRange></field>\n"
            "<field><name>Z</name><bitRange>[4:3]</bitRange></field>\n"
            "<field><name>Y</name><bitRange>[6:6]</bitRange></field>\n"
            "<field><name>R</name><bitRange>[5:5]</bitRange><access>read-only</access></field>\n"
            "<field><name>W</name><bitRange>[5:5]</bitRange><access>write-only</access></field>"
            "</fields></register>"),
        ElementsAre("outside 5", "overlap 7", "duplicate 8"));
}

TEST(Check, FindsEnumeratedValuesThatDoNotFit) {
    EXPECT_THAT(found_in("<register><name>A</name><addressOffset>0</addressOffset><fields>"
                         "<field><name>X</name><bitRange>[1:0]</bitRange><enumeratedValues>\n"
                         "<enumeratedValue><name>P</name><value>3</value></enumeratedValue>\n"
                         "<enumeratedValue><name>Q</name><value>4</value></enumeratedValue>\n"
                         "<enumeratedValue><name>P</name><value>2</value></enumeratedValue>\n"
                         "<enumeratedValue><name>S</name><value>3</value></enumeratedValue>"
                         "</enumeratedValues></field></fields></register>"),
                ElementsAre("enumeration 6", "duplicate 7", "enumeration 8"));
}

TEST(Check, FindsNamesThatOccurTwice) {
    EXPECT_THAT(found_in("<register><dim>2</dim><dimIncrement>4</dimIncrement><name>A%s</name>"
                         "<addressOffset>0</addressOffset></register>\n"
                         "<register><name>A1</name><addressOffset>8</addressOffset></register>"),
                ElementsAre("duplicate 5"));
}

TEST(Check, FindsSumsThatWrap) {
    const auto card = describe(svd(
        "<peripheral><name>U</name><baseAddress>0xfffffffffffffffe</baseAddress><registers>"
        "<register><name>A</name><addressOffset>0</addressOffset></register>"
        "</registers></peripheral>\n"
        "<peripheral><name>V</name><baseAddress>0</baseAddress><registers>\n"
        "<register><dim>0xffffffffffffffff</dim><dimIncrement>0xffffffffffffffff</dimIncrement>"
        "<name>B[%s]</name><addressOffset>0</addressOffset></register></registers></peripheral>"));
    ASSERT_TRUE(card) << message(card);
    const auto kinds = brief(card->check());
    EXPECT_THAT(kinds, ::testing::Contains("outside 3"));
    EXPECT_THAT(kinds, ::testing::Contains("outside 5"));
}

TEST(Check, FindsRegistersOutsideOfTheirBlock) {
    const auto card =
        describe(svd("<peripheral><name>U</name><baseAddress>0</baseAddress>"
                     "<addressBlock><offset>0</offset><size>8</size><usage>registers</usage></"
                     "addressBlock><registers>\n"
                     "<register><name>A</name><addressOffset>8</addressOffset></register></"
                     "registers></peripheral>"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(brief(card->check()), ElementsAre("outside 4"));
    EXPECT_FALSE(card->check()[0].error);
}

TEST(Check, PrintsAProblemWithFileLineAndKind) {
    const auto card = describe(svd_registers("<register><name>A</name></register>"));
    std::ostringstream text;
    text << card.value().check().at(0);
    EXPECT_EQ(text.str(), "card.svd:4: error: register 'A' without an addressOffset [malformed]");
}

}  // namespace
}  // namespace openbar::testing
