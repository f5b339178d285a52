// CMSIS-SVD, element by element.
#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>

namespace openbar::testing {
namespace {

using namespace description;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

description::Register register_of(const Description& card, std::string_view name) {
    return card.find_register(name).value().description();
}

TEST(Svd, GivesARegisterWithAllItSays) {
    const auto card = describe(svd_registers(R"(
<register>
  <name>CTRL</name><displayName>Control</displayName>
  <description>Controls
     the &lt;port&gt;.

     Twice.</description>
  <alternateGroup>MODE</alternateGroup>
  <addressOffset>0x8</addressOffset><size>16</size><access>read-only</access>
  <resetValue>0x1234</resetValue><resetMask>0xfff0</resetMask>
  <readAction>clear</readAction>
</register>)"));
    ASSERT_TRUE(card) << message(card);
    const auto place = card->find_register("U.CTRL").value();
    const auto ctrl = place.description();
    EXPECT_EQ(place.offset(), 0x1008u);
    EXPECT_EQ(ctrl.title(), "Control");
    EXPECT_EQ(ctrl.documentation(), "Controls the <port>.\nTwice.");
    EXPECT_EQ(ctrl.alternate_group(), "MODE");
    EXPECT_EQ(ctrl.offset(), 8u);
    EXPECT_EQ(ctrl.width(), 16u);
    EXPECT_EQ(ctrl.access(), Access::read_only);
    EXPECT_EQ(ctrl.reset(), 0x1234u);
    EXPECT_EQ(ctrl.reset_mask(), 0xfff0u);
    EXPECT_EQ(ctrl.read_effect(), ReadEffect::clear);
    EXPECT_TRUE(ctrl.reading_has_effects());
    EXPECT_THAT(card->problems(), IsEmpty());
}

TEST(Svd, KnowsTheLineOfEachFactAlsoOfInheritedOnes) {
    const auto card = describe(
        "<device><name>C</name>\n"                                               // 1
        "<size>8</size>\n"                                                       // 2
        "<access>write-only</access>\n"                                          // 3
        "<peripherals><peripheral><name>U</name><baseAddress>0</baseAddress>\n"  // 4
        "<registers>\n"                                                          // 5
        "<register>\n"                                                           // 6
        "<name>A</name>\n"                                                       // 7
        "<addressOffset>0</addressOffset>\n"                                     // 8
        "<modifiedWriteValues>oneToSet</modifiedWriteValues>\n"                  // 9
        "<fields><field><name>F</name>\n"                                        // 10
        "<bitRange>[3:2]</bitRange></field></fields>\n"                          // 11
        "</register></registers></peripheral></peripherals></device>");
    ASSERT_TRUE(card) << message(card);
    const auto a = register_of(*card, "A");
    EXPECT_EQ(a.location().line, 6u);
    EXPECT_EQ(a.location().file, "card.svd");
    EXPECT_EQ(a.location(Fact::offset).line, 8u);
    EXPECT_EQ(a.location(Fact::width).line, 2u);
    EXPECT_EQ(a.location(Fact::access).line, 3u);
    EXPECT_EQ(a.location(Fact::write_effect).line, 9u);
    const auto field = a.fields()[0];
    EXPECT_EQ(field.location().line, 10u);
    EXPECT_EQ(field.location(Fact::offset).line, 11u);
    EXPECT_EQ(field.location(Fact::access).line, 3u);
    EXPECT_EQ(field.access(), Access::write_only);
    EXPECT_EQ(field.write_effect(), WriteEffect::one_to_set);
}

TEST(Svd, TakesTheThreeWaysToSayWhichBits) {
    const auto card = describe(svd_registers(R"(
<register><name>A</name><addressOffset>0</addressOffset><fields>
<field><name>X</name><bitOffset>4</bitOffset><bitWidth>3</bitWidth></field>
<field><name>Y</name><lsb>8</lsb><msb>9</msb></field>
<field><name>Z</name><bitRange>[31:16]</bitRange></field>
<field><name>W</name><bitOffset>1</bitOffset></field>
</fields></register>)"));
    const auto fields = register_of(card.value(), "A").fields();
    ASSERT_EQ(fields.size(), 4u);
    EXPECT_EQ(fields[0].low(), 4u);
    EXPECT_EQ(fields[0].high(), 6u);
    EXPECT_EQ(fields[1].low(), 8u);
    EXPECT_EQ(fields[1].high(), 9u);
    EXPECT_EQ(fields[2].low(), 16u);
    EXPECT_EQ(fields[2].high(), 31u);
    EXPECT_EQ(fields[3].width(), 1u);
}

TEST(Svd, KeepsArraysAndNamesTheirElements) {
    const auto card = describe(svd_registers(R"(
<cluster><dim>2</dim><dimIncrement>0x100</dimIncrement><name>CH[%s]</name><addressOffset>0x100</addressOffset>
<register><dim>3</dim><dimIncrement>4</dimIncrement><dimIndex>A,B,XY</dimIndex><name>TX%s_R</name>
<addressOffset>0</addressOffset></register></cluster>
<register><dim>2</dim><dimIncrement>4</dimIncrement><dimIndex>3-4</dimIndex><name>N%s</name>
<addressOffset>0</addressOffset></register>
<register><dim>2</dim><dimIncrement>4</dimIncrement><dimIndex>Q-R</dimIndex><name>L%s</name>
<addressOffset>0x10</addressOffset></register>)"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(
        places(*card),
        ElementsAre("U.N3 0x1000", "U.N4 0x1004", "U.LQ 0x1010", "U.LR 0x1014",
                    "U.CH[0].TXA_R 0x1100", "U.CH[0].TXB_R 0x1104", "U.CH[0].TXXY_R 0x1108",
                    "U.CH[1].TXA_R 0x1200", "U.CH[1].TXB_R 0x1204", "U.CH[1].TXXY_R 0x1208"));
    EXPECT_EQ(card->counts().registers, 3u) << "an array counts once";
    EXPECT_EQ(card->find_register("CH[1].TXXY_R").value().offset(), 0x1208u);
}

TEST(Svd, SharesTheContentsOfADerivedPeripheral) {
    const auto card = describe(svd(R"(
<peripheral derivedFrom="B"><name>A</name><baseAddress>0x2000</baseAddress></peripheral>
<peripheral><name>B</name><description>Base</description><baseAddress>0x1000</baseAddress><registers>
<register><name>R</name><addressOffset>4</addressOffset></register></registers></peripheral>
<peripheral derivedFrom="B"><name>C</name><baseAddress>0x3000</baseAddress><size>8</size></peripheral>
<peripheral derivedFrom="B"><name>D</name><baseAddress>0x4000</baseAddress><registers>
<register><name>S</name><addressOffset>8</addressOffset></register>
<register><name>R</name><addressOffset>0</addressOffset></register></registers></peripheral>)"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(places(*card),
                ElementsAre("A.R 0x2004", "B.R 0x1004", "C.R 0x3004", "D.R 0x4000", "D.S 0x4008"));
    EXPECT_EQ(register_of(*card, "A.R"), register_of(*card, "B.R")) << "kept once";
    EXPECT_EQ(register_of(*card, "B.R").width(), 32u);
    EXPECT_EQ(register_of(*card, "C.R").width(), 8u) << "it inherits from its own peripheral";
    const auto blocks = card->regions()[0].block().blocks();
    EXPECT_EQ(blocks[0].documentation(), "Base");
    EXPECT_EQ(card->counts().registers, 3u) << "what is derived counts once";
}

TEST(Svd, DerivesRegistersFieldsAndValues) {
    const auto card = describe(svd_registers(R"(
<register><name>A</name><addressOffset>0</addressOffset><access>read-only</access><fields>
<field><name>F</name><bitRange>[1:0]</bitRange><enumeratedValues><name>E</name>
<enumeratedValue><name>OFF</name><value>0</value></enumeratedValue>
<enumeratedValue><name>ON</name><value>#1x</value></enumeratedValue></enumeratedValues></field>
<field derivedFrom="F"><name>G</name><bitRange>[3:2]</bitRange></field>
<field><name>H</name><bitRange>[5:4]</bitRange><enumeratedValues derivedFrom="A.F.E"/></field>
</fields></register>
<register derivedFrom="U.A"><name>B</name><addressOffset>4</addressOffset><access>read-write</access>
<fields><field><name>H</name><bitRange>[7:6]</bitRange></field></fields></register>)"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(card->problems(), IsEmpty());
    const auto a = register_of(*card, "A").fields();
    const auto b = register_of(*card, "B").fields();
    ASSERT_EQ(a.size(), 3u);
    ASSERT_EQ(b.size(), 3u);
    for (const auto field : {a[0], a[1], a[2]})
        EXPECT_EQ(field.enumerations()[0].values()[1].name(), "ON") << field.name();
    const auto on = a[0].enumerations()[0].values()[1];
    EXPECT_EQ(on.value(), 2u);
    EXPECT_EQ(on.mask() & 3u, 2u) << "the low bit does not matter";
    EXPECT_EQ(a[0].access(), Access::read_only);
    EXPECT_EQ(b[0].access(), Access::read_write) << "it inherits from its own register";
    EXPECT_EQ(b[2].low(), 6u) << "H takes the place of the one that is derived";
    EXPECT_EQ(card->counts().values, 2u);
}

TEST(Svd, DerivesFromAnElementOfAnArray) {
    const auto card = describe(svd_registers(R"(
<register><dim>2</dim><dimIncrement>4</dimIncrement><dimIndex>0-1</dimIndex><name>P%s</name>
<description>Pin</description><addressOffset>0</addressOffset></register>
<register derivedFrom="P1"><name>Q</name><addressOffset>8</addressOffset></register>)"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(card->problems(), IsEmpty());
    EXPECT_EQ(register_of(*card, "Q").documentation(), "Pin");
    EXPECT_THAT(register_of(*card, "Q").dimensions(), IsEmpty()) << "its name has no %s";
}

TEST(Svd, ReadsUsageAndDefaultOfEnumeratedValues) {
    const auto card = describe(svd_registers(R"(
<register><name>A</name><addressOffset>0</addressOffset><fields><field><name>F</name><bitRange>[1:0]</bitRange>
<enumeratedValues><usage>read</usage><enumeratedValue><name>BUSY</name><value>1</value></enumeratedValue>
<enumeratedValue><name>OTHER</name><isDefault>true</isDefault></enumeratedValue></enumeratedValues>
<enumeratedValues><usage>write</usage><enumeratedValue><name>START</name><value>0b1</value></enumeratedValue>
</enumeratedValues></field></fields></register>)"));
    const auto field = register_of(card.value(), "A").fields()[0];
    ASSERT_EQ(field.enumerations().size(), 2u);
    EXPECT_TRUE(field.enumerations()[0].for_reading());
    EXPECT_FALSE(field.enumerations()[0].for_writing());
    EXPECT_TRUE(field.enumerations()[0].values()[1].is_default());
    EXPECT_TRUE(field.enumerations()[1].for_writing());
    EXPECT_EQ(field.enumerations()[1].values()[0].value(), 1u);
}

TEST(Svd, LeavesOutWhatMakesNoSenseAndSaysSo) {
    const auto card =
        describe(svd_registers(R"(<register><addressOffset>0</addressOffset></register>
<register><name>B</name></register>
<register><name>C</name><addressOffset>12x</addressOffset></register>
<register><name>D</name><addressOffset>0</addressOffset><access>sometimes</access></register>
<register derivedFrom="Z"><name>E</name><addressOffset>4</addressOffset></register>
<register><name>F</name><addressOffset>8</addressOffset><fields><field><name>X</name></field>
<field><name>Y</name><bitRange>[0:3]</bitRange></field></fields></register>)"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(brief(card->problems()),
                ElementsAre("malformed 4", "malformed 5", "malformed 6", "malformed 6",
                            "malformed 7", "unresolved 8", "malformed 9", "malformed 10"));
    EXPECT_THAT(places(*card), ElementsAre("U.D 0x1000", "U.E 0x1004", "U.F 0x1008"));
    EXPECT_THAT(card->problems()[4].text, HasSubstr("'sometimes' is not an access"));
}

TEST(Svd, ReadsTextInCommentsAndCdata) {
    const auto card = describe(svd_registers(
        "<register><name> A<!-- no -->B </name><description><![CDATA[ 1 < 2 &amp; ]]></description>"
        "<addressOffset>&#48;</addressOffset></register>"
        "<register><name>C</name><addressOffset>0</addressOffset></register>"));
    ASSERT_TRUE(card) << message(card);
    EXPECT_EQ(register_of(*card, "C").width(), 32u);
    EXPECT_THAT(brief(card->problems()), ElementsAre("malformed 4", "malformed 4"))
        << "a number is never written with references";
}

TEST(Svd, KeepsALargeFileSmall) {
    std::string registers;
    for (int i = 0; i < 5000; ++i)
        registers += "<register><name>R" + std::to_string(i) +
                     "</name><description>What it is for</description><addressOffset>" +
                     std::to_string(4 * i) +
                     "</addressOffset><fields><field><name>F</name><bitRange>[3:0]</bitRange>"
                     "</field></fields></register>\n";
    const std::string text = svd_registers(registers);
    const std::size_t size = text.size();
    const auto card = describe(text);
    ASSERT_TRUE(card) << message(card);
    EXPECT_LT(card->memory(), 4 * size);
    EXPECT_EQ(card->counts().fields, 5000u);
}

TEST(Svd, ReadsNamesOfElementsExactly) {
    // As long as, longer than, and in front of names that it knows.
    const auto card = describe(svd_registers(
        "<register><name>A</name><addressOffset>4</addressOffset><addressOffsets>8</addressOffsets>"
        "<alternateRegisters>X</alternateRegisters><nam>B</nam><siz>8</siz><sizes>16</sizes>"
        "<modifiedWriteValue>oneToSet</modifiedWriteValue></register>"));
    ASSERT_TRUE(card) << message(card);
    const auto a = register_of(*card, "A");
    EXPECT_EQ(a.offset(), 4u);
    EXPECT_EQ(a.width(), 32u);
    EXPECT_EQ(a.alternate_register(), "");
    EXPECT_EQ(a.write_effect(), WriteEffect::none);
    EXPECT_THAT(card->problems(), IsEmpty());
}

}  // namespace
}  // namespace openbar::testing
