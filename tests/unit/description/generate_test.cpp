#include "openbar/generate.hpp"

#include "description/generate/identifiers.hpp"
#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>

namespace openbar::testing {
namespace {

using namespace description;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Generated everything[] = {Generated::cpp, Generated::c, Generated::svd,
                                    Generated::markdown, Generated::html};

Description parse_card(const std::string& registers) {
    return Description::parse(
               R"({"openbar": 1, "name": "my card", "regions": [{"name": "bar0", "registers": [)" +
                   registers + "]}]}",
               "c.json")
        .value();
}

std::string cpp_of(const std::string& registers) {
    return generate(parse_card(registers), Generated::cpp).value();
}

TEST(Identifiers, AreMadeValidInOneWay) {
    Scope scope("STATUS");
    EXPECT_EQ(scope.take("RX[%s].CTRL"), "RX_CTRL");
    EXPECT_EQ(scope.take("int"), "int_");
    EXPECT_EQ(scope.take("STATUS"), "STATUS_");
    EXPECT_EQ(scope.take("2nd"), "n2nd");
    EXPECT_EQ(scope.take("a  b--c__d_"), "a_b_c_d");
    EXPECT_EQ(scope.take("..."), "unnamed");
    EXPECT_EQ(scope.take("CTRL"), "CTRL");
    EXPECT_EQ(scope.take("CTRL"), "CTRL_2");
    EXPECT_EQ(scope.take("CTRL"), "CTRL_3");
    EXPECT_EQ(scope.take("int"), "int_2");
    EXPECT_EQ(scope.take("\xc3\xa4x"), "x");
    EXPECT_TRUE(is_reserved_word("offset"));
    EXPECT_FALSE(is_reserved_word("CTRL"));
}

TEST(Generate, GivesTheSameTextForTheSameDescription) {
    for (const Generated what : everything)
        for (const char* card : {"edu", "82540em"}) {
            const std::string name = card == std::string("edu") ? "edu" : "intel_82540em";
            const std::string text = generate(open_card(name).value(), what).value();
            EXPECT_EQ(text, generate(open_card(name).value(), what).value());
            EXPECT_THAT(text, HasSubstr(name == "edu" ? "LIVENESS" : "RXCSUM"));
        }
}

TEST(Generate, OptionsOfRegistersBecomeThoseOfTheirTypes) {
    EXPECT_THAT(cpp_of(R"({"name": "ID", "offset": 4, "access": "read-only", "width": 16})"),
                HasSubstr("struct ID : openbar::Register<ID, 0x4, std::uint16_t, "
                          "openbar::ReadOnly> {};"));
    EXPECT_THAT(cpp_of(R"({"name": "EV", "offset": 0, "writeEffect": "one-to-clear", "reset": 3})"),
                HasSubstr("openbar::ResetValue<0x3>, openbar::WriteOneToClear<31, 0>>"));
    EXPECT_THAT(cpp_of(R"({"name": "CNT", "offset": 0, "readEffect": "clear"})"),
                HasSubstr("openbar::ReadToClear"));
    EXPECT_THAT(cpp_of(R"({"name": "RX", "offset": 64, "array": {"count": 4, "stride": 8},
"fields": [{"name": "A", "bits": "5:4", "values": {"default": 1, "int": 2}}, {"name": "B", "bits": 0,
"writeEffect": "one-to-clear"}]})"),
                AllOf(HasSubstr("openbar::RegisterArray<RX, 0x40, 0x8, 4, std::uint32_t, "
                                "openbar::WriteOneToClear<0>>"),
                      HasSubstr("enum class A_value : std::uint8_t"), HasSubstr("default_ = 0x1"),
                      HasSubstr("struct A : Field<5, 4, A_value> {};"),
                      HasSubstr("struct B : Flag<0> {};")));
}

TEST(Generate, NamesWhatALanguageCannotExpress) {
    EXPECT_THAT(cpp_of(R"({"name": "WIDE", "offset": 0, "width": 128})"),
                AllOf(HasSubstr("// Not generated: WIDE, no register of 128 bits."),
                      Not(HasSubstr("struct WIDE"))));
}

TEST(Generate, RefusesMistakesThatAreNotIgnored) {
    const auto card = parse_card(R"({"name": "A", "offset": 0}, {"name": "B", "offset": 2})");
    const auto refused = generate(card, Generated::c);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), AllOf(HasSubstr("c.json:1"), HasSubstr("overlap")));
    EXPECT_TRUE(generate(card, Generated::c, {.ignore = {Problem::Kind::overlap}}));
}

TEST(Generate, TextsCannotLeaveTheirComments) {
    const auto card = parse_card(
        R"({"name": "A", "offset": 0, "documentation": "*/ int x; // \\\n<b>&\" | `x` \\"})");
    EXPECT_THAT(generate(card, Generated::c).value(), Not(HasSubstr("*/ int x;")));
    EXPECT_THAT(generate(card, Generated::cpp).value(), Not(HasSubstr("\\\n")));
    EXPECT_THAT(generate(card, Generated::html).value(), HasSubstr("&lt;b&gt;&amp;&quot;"));
    EXPECT_TRUE(describe(generate(card, Generated::svd).value()));
}

/// Name, offset, width, access, effects and reset of each register and field.
std::vector<std::string> facts(const Description& card) {
    std::vector<std::string> list;
    card.for_each_register([&](const Place& place) {
        const Register r = place.description();
        const std::string name = place.name().substr(place.name().rfind('.') + 1);
        list.push_back(name + " " + std::to_string(place.offset()) + " " +
                       std::to_string(r.width()) + " " + std::string(to_string(r.access())) + " " +
                       std::string(to_string(r.read_effect())) + " " +
                       std::string(to_string(r.write_effect())) + " " +
                       (r.reset() ? std::to_string(*r.reset()) : "-"));
        for (const Field f : r.fields())
            list.push_back("  " + std::string(f.name()) + " " + std::to_string(f.low()) + " " +
                           std::to_string(f.width()) + " " + std::string(to_string(f.access())) +
                           " " + std::string(to_string(f.write_effect())));
        return true;
    });
    return list;
}

TEST(Generate, SvdReadsBackAsTheSameRegisters) {
    for (const char* name : {"edu", "intel_82540em"}) {
        const auto card = open_card(name).value();
        const auto again = describe(generate(card, Generated::svd).value());
        ASSERT_TRUE(again) << message(again);
        EXPECT_EQ(facts(card), facts(*again));
    }
}

}  // namespace
}  // namespace openbar::testing
