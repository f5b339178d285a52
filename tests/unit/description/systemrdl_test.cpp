// SystemRDL 2.0: the language first, then what is refused.
#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace openbar::testing {
namespace {

using namespace description;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<Description> rdl(const std::string& text, const ReadOptions& options = {}) {
    return Description::parse(text, "card.rdl", options);
}

std::vector<std::string> rdl_places(const std::string& text) {
    const auto card = rdl(text);
    return card ? places(*card) : std::vector{message(card)};
}

TEST(SystemRdl, GivesARegisterWithItsFields) {
    const auto card = rdl(R"(
enum Mode { OFF = 0; ON = 2'd2 { name = "On"; desc = "Works"; }; AUTO; };
addrmap card {
    desc = "A card";
    reg {
        name = "Control"; desc = "Says \"go\"
            twice";
        regwidth = 64; accesswidth = 32;
        field { sw = rw; hw = r; encode = Mode; desc = "How"; } MODE[1:0] = 2;
        field { sw = r; hw = w; } BUSY[4:4];
        field { sw = rw; hw = w; woclr; onread = rclr; } DONE[8] = 0xf;
        field { sw = w; onwrite = woset; } SET;
    } CTRL @ 0x10;
};)");
    ASSERT_TRUE(card) << message(card);
    EXPECT_EQ(card->format(), Format::systemrdl);
    EXPECT_EQ(card->name(), "card");
    EXPECT_EQ(card->documentation(), "A card");
    const auto place = card->find_register("CTRL").value();
    const auto ctrl = place.description();
    EXPECT_EQ(place.offset(), 0x10u);
    EXPECT_EQ(ctrl.title(), "Control");
    EXPECT_EQ(ctrl.documentation(), "Says \"go\" twice");
    EXPECT_EQ(ctrl.width(), 64u);
    EXPECT_EQ(ctrl.access_width(), 32u);
    EXPECT_EQ(ctrl.access(), Access::read_write);
    EXPECT_EQ(ctrl.reset(), 0x1e2u);
    EXPECT_EQ(ctrl.reset_mask(), 0x1fe3u);
    const auto fields = ctrl.fields();
    ASSERT_EQ(fields.size(), 4u);
    EXPECT_EQ(fields[0].high(), 1u);
    EXPECT_FALSE(fields[0].is_volatile());
    const auto values = fields[0].enumerations()[0].values();
    EXPECT_EQ(values[1].name(), "ON");
    EXPECT_EQ(values[1].documentation(), "Works");
    EXPECT_EQ(values[2].value(), 3u) << "one more than the member before";
    EXPECT_EQ(fields[1].access(), Access::read_only);
    EXPECT_TRUE(fields[1].is_volatile());
    EXPECT_EQ(fields[2].low(), 5u) << "behind the field before";
    EXPECT_EQ(fields[2].width(), 8u);
    EXPECT_EQ(fields[2].write_effect(), WriteEffect::one_to_clear);
    EXPECT_EQ(fields[2].read_effect(), ReadEffect::clear);
    EXPECT_EQ(fields[3].write_effect(), WriteEffect::one_to_set);
    EXPECT_EQ(fields[2].location().line, 11u);
}

TEST(SystemRdl, PlacesInstancesByTheModeOfAddressing) {
    const std::string body =
        "reg { field {} a; } a; reg { regwidth = 64; field {} a; } b; reg { field {} a; } c[20]; "
        "};";
    EXPECT_THAT(rdl_places("addrmap t { default accesswidth = 32; addressing = compact;" + body)[2],
                "c[0] 0xc");
    EXPECT_THAT(rdl_places("addrmap t { addressing = regalign;" + body)[2], "c[0] 0x10");
    EXPECT_THAT(rdl_places("addrmap t { addressing = fullalign;" + body)[2], "c[0] 0x80");
}

TEST(SystemRdl, PlacesInstancesWhereTheyAreTold) {
    EXPECT_THAT(rdl_places(R"(addrmap t { regfile {
        reg r { field {} a; };
        r a[2]; r b[2] @0x100 += 0x10; r c %=0x80;
    } f[2][2] @0x1000 += 0x400; alias_me: };)")[0],
                HasSubstr("card.rdl:4"));
    EXPECT_THAT(rdl_places(R"(addrmap t { regfile {
        reg r { field {} a; };
        r a[1]; r b[1] @0x100 += 0x10; r c %=0x80;
    } f[2][1] @0x1000 += 0x400; };)"),
                ElementsAre("f[0][0].a[0] 0x1000", "f[0][0].b[0] 0x1100", "f[0][0].c 0x1180",
                            "f[1][0].a[0] 0x1400", "f[1][0].b[0] 0x1500", "f[1][0].c 0x1580"));
}

TEST(SystemRdl, TakesParametersIntoNestedTypes) {
    const auto card = rdl(R"(
reg sized #(longint unsigned SIZE = 32, boolean SHARED = true) {
    regwidth = SIZE; shared = SHARED;
    field { sw = SHARED ? rw : r; } data[SIZE / 2 - 1] = (1 << 3) | 'h1;
};
addrmap t { sized a; sized #(.SIZE(8 * 2), .SHARED(false)) b[2]; };)");
    EXPECT_THAT(message(card), HasSubstr("card.rdl:4")) << "'h1 needs a width";
    const auto right = rdl(R"(
reg sized #(longint unsigned SIZE = 32, boolean SHARED = true) {
    regwidth = SIZE; shared = SHARED;
    field { sw = SHARED ? rw : r; } data[SIZE / 2 - 1] = (1 << 3) | 4'h1;
};
addrmap t { sized a; sized #(.SIZE(8 * 2), .SHARED(false)) b[2]; };)");
    ASSERT_TRUE(right) << message(right);
    EXPECT_THAT(places(*right), ElementsAre("a 0", "b[0] 0x4", "b[1] 0x6"));
    const auto b = right->find_register("b[1]").value().description();
    EXPECT_EQ(b.width(), 16u);
    EXPECT_EQ(b.fields()[0].width(), 7u);
    EXPECT_EQ(b.fields()[0].access(), Access::read_only);
    EXPECT_EQ(b.reset(), 9u);
}

TEST(SystemRdl, GivesDefaultsToWhatIsDefinedBehindThem) {
    const auto card = rdl(R"(
addrmap t {
    default sw = r;
    reg early { field {} f; };
    default sw = w;
    reg late { field {} f; field { sw = rw; } g; };
    early e; late l;
    l.g -> sw = na;
    e -> desc = "from outside";
};)");
    ASSERT_TRUE(card) << message(card);
    const auto registers = card->regions()[0].block().registers();
    EXPECT_EQ(registers[0].fields()[0].access(), Access::read_only);
    EXPECT_EQ(registers[1].fields()[0].access(), Access::write_only);
    EXPECT_EQ(registers[1].fields()[1].access(), Access::none);
    EXPECT_EQ(registers[0].documentation(), "from outside");
    EXPECT_EQ(registers[1].fields()[1].location(Fact::access).line, 8u);
}

TEST(SystemRdl, LeavesOutWhatIsNotPresentAndKeepsMemories) {
    const auto card = rdl(R"(
addrmap t {
    reg r { field {} f; };
    r a; r hidden; hidden->ispresent = false;
    external mem { mementries = 16; memwidth = 32; r x[4]; } m @ 0x100;
    alias a r b @ 0x200;
};)");
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(places(*card), ElementsAre("a 0", "b 0x200", "m.x[0] 0x100", "m.x[1] 0x104",
                                           "m.x[2] 0x108", "m.x[3] 0x10c"));
    EXPECT_EQ(card->regions()[0].block().blocks()[0].size(), 64u);
    EXPECT_EQ(card->find_register("b").value().description().alternate_register(), "a");
}

TEST(SystemRdl, ChoosesTheTopByName) {
    const std::string text =
        "addrmap one { reg { field {} f; } a; }; addrmap two { reg { field {} f; } b; };";
    EXPECT_THAT(rdl_places(text), ElementsAre("b 0"));
    EXPECT_THAT(places(rdl(text, {.top = "one"}).value()), ElementsAre("a 0"));
    EXPECT_THAT(message(rdl(text, {.top = "three"})), HasSubstr("no address map 'three'"));
    EXPECT_THAT(message(rdl("reg r { field {} f; };")), HasSubstr("it defines no address map"));
}

class Files : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ =
            std::filesystem::temp_directory_path() / ("openbar_rdl_" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_ / "other");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }
    std::filesystem::path folder_;
};

TEST_F(Files, SystemRdlIncludesAndExpandsNames) {
    write("other/types.rdl",
          "`ifndef TYPES\n`define TYPES\nreg r { field {} f[WIDTH]; };\n`endif\n");
    const auto file =
        write("card.rdl",
              "`define WIDTH_OF_F 4 // bits\n`define BASE \\\n  32'h1000\n"
              "`ifdef NONE\n`include \"nothing.rdl\"\n`elsif BASE\n`else\nnonsense\n`endif\n"
              "`include \"sizes.rdl\"\n`include \"types.rdl\"\n`include \"types.rdl\"\n"
              "addrmap t { r a @ `BASE; };\n");
    write("sizes.rdl", "// nothing yet\n");
    write("other/types.rdl",
          "`ifndef TYPES\n`define TYPES\nreg r { field {} f[`WIDTH_OF_F]; };\n`endif\n");
    const auto card = Description::read(file, {.include_folders = {folder_ / "other"}});
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(places(*card), ElementsAre("a 0x1000"));
    const auto field = card->find_register("a").value().description().fields()[0];
    EXPECT_EQ(field.width(), 4u);
    EXPECT_EQ(field.location().file, (folder_ / "other/types.rdl").string());
    EXPECT_EQ(field.location().line, 3u);
}

TEST_F(Files, SystemRdlRefusesCyclicIncludes) {
    const auto file = write("a.rdl", "`include \"b.rdl\"\n");
    write("b.rdl", "\n`include \"a.rdl\"\n");
    EXPECT_THAT(message(Description::read(file)), HasSubstr("b.rdl:2: "));
    EXPECT_THAT(message(Description::read(file)), HasSubstr("includes itself"));
    EXPECT_THAT(message(Description::read(write("c.rdl", "`include \"gone.rdl\"\n"))),
                HasSubstr("no file 'gone.rdl' to include"));
}

TEST_F(Files, SystemRdlTakesDefinitionsOfFilesBefore) {
    const auto types = write("types.rdl", "reg r { field {} f; };");
    const auto file = write("card.rdl", "addrmap t { r a; };");
    EXPECT_THAT(message(Description::read(file)), HasSubstr("no type 'r'"));
    const auto card = Description::read(file, {.before = {types}});
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(places(*card), ElementsAre("a 0"));
}

struct Refused {
    const char* text;
    const char* words;
};

TEST(SystemRdl, RefusesByName) {
    const Refused cases[] = {
        {"addrmap t { <% print 1 %> };", "embedded Perl"},
        {"`define M(a) a\naddrmap t {};", "macro 'M' has arguments"},
        {"addrmap t { constraint c {}; };", "constraints are not read"},
        {"addrmap t { frobnicate = 1; };", "no property 'frobnicate' is defined"},
        {"addrmap t { reg { field {} f; } r[2]; r[0]->desc = \"x\"; };", "one element of an array"},
        {"addrmap t { reg { field { sw = rx; } f; } r; };", "'rx' is not an access"},
        {"addrmap t { reg { regwidth = 12; field {} f; } r; };", "powers of 2"},
        {"addrmap t { reg { field {} f[5:0] = 64; } r; };", "does not fit"},
        {"addrmap t { reg { field {} f[9999]; } r; };", "card.rdl:1: field 'f' has bits"},
        {"addrmap t { nothing n; };", "no type 'nothing'"},
        {"addrmap t { reg { field {} f; } r @ 1 / 0; };", "division by zero"},
        {"addrmap t { reg { field {} f; } r[0]; };", "has no elements"},
        {"addrmap t { reg { field {} f; } r @ 0xfffffffffffffffe; };", "beyond 64-bit addresses"},
        {"addrmap t { t inner; };", "instance of itself"},
        {"addrmap t { reg { field {} f; } r @ 0x1ffffffffffffffff; };", "not a number"},
        {"`ifdef X\naddrmap t {};", "card.rdl:1: no `endif"},
        {"`define A `B\n`define B `A\n`A", "is defined by itself"},
        {"addrmap t { desc = \"open };", "the string has no end"},
        {"/* open", "the comment has no end"},
        {"addrmap t { reg #(.X(1)) { field {} f; } r; };", "card.rdl:1:"},
        {"property p { type = ref; component = all; }; addrmap t { p; q; };", "no property 'q'"},
    };
    for (const auto& [text, words] : cases)
        EXPECT_THAT(message(rdl(text)), HasSubstr(words)) << text;
}

TEST(SystemRdl, EndsOnNestingAndSizesWithoutReason) {
    std::string deep = "addrmap t { reg { field {} f; } r @ ";
    EXPECT_THAT(message(rdl(deep + std::string(100'000, '(') + "1")), HasSubstr("too deep"));
    EXPECT_THAT(message(rdl(deep + std::string(100'000, '!') + "1")), HasSubstr("too deep"));
    std::string nested;
    for (int i = 0; i < 10'000; ++i) nested += "addrmap { ";
    EXPECT_THAT(message(rdl(nested)), HasSubstr("more than 64 deep"));
    // 2^40 registers, if each instance were made.
    std::string doubling = "reg t0 { field {} f; };\n";
    for (int i = 1; i <= 40; ++i)
        doubling += std::string(i < 40 ? "regfile" : "addrmap") + " t" + std::to_string(i) +
                    " { t" + std::to_string(i - 1) + " a; t" + std::to_string(i - 1) + " b; };\n";
    EXPECT_THAT(message(rdl(doubling)), HasSubstr("more instances than any card has"));
}

TEST(SystemRdl, OfAFileCutAnywhereTheLineIsNamed) {
    const std::string whole =
        "enum E { A = 1; };\nreg r #(longint N = 2) { field { encode = E; } f[N] = 1; };\n"
        "addrmap t { r #(.N(3)) a[2] @ 0x10 += 8; a->desc = \"x\"; };\n";
    ASSERT_TRUE(rdl(whole));
    for (std::size_t length = 1; length + 2 < whole.size(); ++length) {
        const auto card = rdl(whole.substr(0, length));
        ASSERT_FALSE(card) << length;
        ASSERT_THAT(message(card), HasSubstr("card.rdl")) << length;
    }
}

}  // namespace
}  // namespace openbar::testing
