// Files that are broken, or meant to break who reads them.
#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>

namespace openbar::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(BadInput, OfAFileCutAnywhereTheLineIsNamed) {
    const std::string whole =
        svd_registers("<register><name>A</name><addressOffset>0</addressOffset></register>");
    for (std::size_t length = 1; length + 10 < whole.size(); ++length) {
        const auto card = describe(whole.substr(0, length));
        ASSERT_FALSE(card) << length;
        ASSERT_EQ(card.error().attempted, "read the description card.svd");
        ASSERT_THAT(card.error().cause, StartsWith("card.svd:")) << length;
    }
    EXPECT_THAT(message(describe("")), HasSubstr("the file is empty"));
}

TEST(BadInput, OfAnotherFormatSaysSo) {
    EXPECT_EQ(describe("PK\x03\x04").error().code, ErrorCode::unsupported);
    EXPECT_EQ(describe("<html></html>").error().code, ErrorCode::unsupported);
    EXPECT_THAT(message(describe("<device></device>")), HasSubstr("no <peripherals>"));
}

TEST(BadInput, TakesUtf16AndLatin1AndRefusesOtherBytes) {
    const std::string plain =
        svd_registers("<register><name>A</name><addressOffset>0</addressOffset></register>");
    std::string wide("\xff\xfe");
    for (const char letter : plain) wide += {letter, '\0'};
    EXPECT_TRUE(describe(wide));
    EXPECT_TRUE(describe("\xef\xbb\xbf" + plain));
    EXPECT_THAT(message(describe(plain + "\n<!-- \xe9 -->")),
                HasSubstr("card.svd:8: byte \\xe9 is not UTF-8"));
    EXPECT_TRUE(describe("<?xml version='1.0' encoding='ISO-8859-1'?>" + plain + "<!-- \xe9 -->"));
    EXPECT_THAT(message(describe("<?xml version='1.0' encoding='EBCDIC'?>" + plain)),
                HasSubstr("unknown encoding 'ebcdic'"));
    EXPECT_THAT(message(describe(plain.substr(0, 100) + std::string(50, '\0'))),
                HasSubstr("a NUL character"));
    for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff"})
        EXPECT_FALSE(describe("<!-- " + std::string(bad) + " -->" + plain)) << bad;
}

TEST(BadInput, ExpandsNoEntities) {
    const auto card = describe(
        "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>" +
        svd_registers("<register><name>X&b;</name><addressOffset>0</addressOffset></register>"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_EQ(card->regions()[0].block().blocks()[0].registers()[0].name(), "X&b;");
}

TEST(BadInput, RefusesWhatIsDerivedFromItself) {
    const auto direct = describe(
        svd_registers("<register derivedFrom='A'><name>A</name><addressOffset>0</addressOffset>"
                      "</register>"));
    EXPECT_EQ(direct.error().code, ErrorCode::protocol);
    EXPECT_THAT(message(direct), HasSubstr("card.svd:4: register 'A' is derived from itself"));
    EXPECT_THAT(message(describe(svd("<peripheral derivedFrom='B'><name>A</name>"
                                     "<baseAddress>0</baseAddress></peripheral>\n"
                                     "<peripheral derivedFrom='A'><name>B</name>"
                                     "<baseAddress>0</baseAddress></peripheral>"))),
                HasSubstr("is derived from itself"));
    EXPECT_THAT(message(describe(svd_registers(
                    "<cluster><name>C</name><addressOffset>0</addressOffset>"
                    "<cluster derivedFrom='C'><name>D</name><addressOffset>0</addressOffset>"
                    "</cluster></cluster>"))),
                HasSubstr("a cluster in it is derived from what contains it"));
}

TEST(BadInput, RefusesBlocksWithinBlocksWithoutEnd) {
    std::string deep;
    for (int i = 0; i < 5000; ++i)
        deep += "<cluster><name>C</name><addressOffset>0</addressOffset>";
    for (int i = 0; i < 5000; ++i) deep += "</cluster>";
    EXPECT_THAT(message(describe(svd_registers(deep))), HasSubstr("lie more than 64 deep"));
}

/// Clusters that share their contents double the number of registers with each level.
std::string doubling(int levels) {
    std::string text = "<register><name>R</name><addressOffset>0</addressOffset></register>";
    for (int i = 0; i < levels; ++i) {
        const std::string name = "C" + std::to_string(i);
        text = "<cluster><name>" + name + "</name><addressOffset>0</addressOffset>" + text +
               "</cluster><cluster derivedFrom='" + name + "'><name>D" + std::to_string(i) +
               "</name><addressOffset>0x1000</addressOffset></cluster>";
    }
    return text;
}

TEST(BadInput, LooksForNamesInBoundedTime) {
    const auto card = describe(svd_registers(doubling(50)));
    ASSERT_TRUE(card) << message(card);
    EXPECT_EQ(card->find_register("NONE").error().code, ErrorCode::not_found);
    EXPECT_EQ(card->find_register("R").error().code, ErrorCode::ambiguous);
    EXPECT_EQ(card->match("*").error().code, ErrorCode::resource_exhausted);
    EXPECT_LE(card->at(card->regions()[0], 0x1000).size(), 1000u);
    (void)card->check();
}

TEST(BadInput, KeepsArraysOfAMillionElementsSmall) {
    const auto card = describe(svd_registers(
        "<cluster><dim>1000000</dim><dimIncrement>0x100000</dimIncrement><name>C[%s]</name>"
        "<addressOffset>0</addressOffset>"
        "<register><dim>1000000</dim><dimIncrement>4</dimIncrement><name>R[%s]</name>"
        "<addressOffset>0</addressOffset></register></cluster>"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_LT(card->memory(), 100'000u);
    EXPECT_EQ(card->find_register("C[999999].R[999999]").value().offset(),
              0x1000 + 999999ull * 0x100000 + 999999ull * 4);
    EXPECT_EQ(card->match("C[*].R[*]").error().code, ErrorCode::resource_exhausted);
}

TEST(BadInput, CutsLongNamesInMessages) {
    const std::string name(100'000, 'N');
    const auto card = describe(svd_registers("<register><name>" + name + "</name></register>"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_LT(card->problems().at(0).text.size(), 200u);
    EXPECT_LT(card->find_register(name).error().message().size(), 400u);
}

TEST(BadInput, KeepsCountOfProblemsBeyondTheFirstTenThousand) {
    std::string registers;
    for (int i = 0; i < 10'500; ++i) registers += "<register/>";
    const auto card = describe(svd_registers(registers));
    ASSERT_TRUE(card) << message(card);
    ASSERT_EQ(card->problems().size(), 10'001u);
    EXPECT_EQ(card->problems().back().text, "and 500 further problems");
}

TEST(BadInput, NamesFilesThatCannotBeRead) {
    EXPECT_EQ(Description::read("/nowhere/card.svd").error().code, ErrorCode::not_found);
    EXPECT_EQ(Description::read("/").error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(Description::read("/dev/zero").error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace openbar::testing
