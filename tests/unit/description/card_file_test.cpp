// openbar's own card files, the corrections in them, and where they are looked for.
#include "openbar/card_files.hpp"

#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace openbar::testing {
namespace {

using namespace description;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string card_json(const std::string& members) {
    return "{\"openbar\": 1, \"name\": \"card\",\n" + members + "}";
}
std::string bar0(const std::string& members) {
    return card_json("\"regions\": [{\"name\": \"bar0\",\n" + members + "}]");
}

/// A folder with files, and an environment that knows no other one.
class CardFiles : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("openbar_cards_" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_ / "user/openbar/cards");
        ::setenv("XDG_CONFIG_HOME", (folder_ / "user").c_str(), 1);
        ::unsetenv("OPENBAR_CARDS");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }
    /// U1 is derived from U0, and both have STATUS with DONE and ERROR, and RX[%s].
    void write_vendor_file() {
        (void)write("vendor.svd", svd(R"(
<peripheral><name>U0</name><baseAddress>0x40000000</baseAddress><registers>
<register><name>STATUS</name><addressOffset>0</addressOffset><fields>
<field><name>DONE</name><bitRange>[0:0]</bitRange></field>
<field><name>ERROR</name><bitRange>[1:1]</bitRange></field></fields></register>
<register><dim>2</dim><dimIncrement>4</dimIncrement><name>RX[%s]</name><addressOffset>8</addressOffset></register>
</registers></peripheral>
<peripheral derivedFrom="U0"><name>U1</name><baseAddress>0x40001000</baseAddress></peripheral>)"));
    }
    std::filesystem::path folder_;
};

TEST_F(CardFiles, HoldRegistersThemselves) {
    const auto card = describe(
        card_json(
            R"("vendor": "v", "documentation": "d", "ids": ["1234:11e8", "8086:100e:1af4:1100"],
"regions": [{"name": "bar2", "width": 16, "byteOrder": "big", "registers": [
 {"name": "CTRL", "offset": "0x10", "access": "read-only", "readEffect": "clear", "reset": 5, "resetMask": "0xff",
  "title": "t", "documentation": "text", "volatile": true, "target": "OTHER",
  "fields": [{"name": "F", "bits": "7:4",
              "writeEffect": "one-to-clear", "values": {"A": 0, "B": {"value": "0xf", "documentation": "all"}}},
             {"name": "G", "bits": 3, "access": "read-write", "writeValues": {"GO": 1}}]}],
 "blocks": [{"name": "CH", "offset": 256, "array": {"count": 2, "stride": 32}, "registers": [
  {"name": "D", "offset": 4, "width": 64}]}]}, {"name": "config", "registers": []}])"),
        "card.json");
    ASSERT_TRUE(card) << message(card);
    EXPECT_EQ(card->format(), Format::card);
    ASSERT_EQ(card->pci_ids().size(), 2u);
    EXPECT_EQ(card->pci_ids()[1], (PciIds{0x8086, 0x100e, 0x1af4, 0x1100}));
    EXPECT_EQ(card->regions()[0].bar(), 2u);
    EXPECT_EQ(card->regions()[1].bar(), std::nullopt);
    EXPECT_THAT(places(*card), ElementsAre("CTRL 0x10", "CH[0].D 0x104", "CH[1].D 0x124"));
    const auto place = card->find_register("bar2.CTRL").value();
    const auto ctrl = place.description();
    EXPECT_EQ(place.region().name(), "bar2");
    EXPECT_EQ(ctrl.width(), 16u);
    EXPECT_EQ(ctrl.byte_order(), ByteOrder::big);
    EXPECT_EQ(ctrl.reset(), 5u);
    EXPECT_EQ(ctrl.reset_mask(), 0xffu);
    EXPECT_EQ(ctrl.target(), "OTHER");
    EXPECT_EQ(ctrl.location(Fact::access).line, 4u);
    const auto fields = ctrl.fields();
    EXPECT_EQ(fields[0].low(), 4u);
    EXPECT_EQ(fields[0].access(), Access::read_only);
    EXPECT_EQ(fields[0].read_effect(), ReadEffect::clear);
    EXPECT_EQ(fields[0].write_effect(), WriteEffect::one_to_clear);
    EXPECT_EQ(fields[0].location(Fact::write_effect).line, 7u);
    EXPECT_EQ(fields[0].enumerations()[0].values()[1].value(), 15u);
    EXPECT_EQ(fields[1].width(), 1u);
    EXPECT_FALSE(fields[1].enumerations()[0].for_reading());
    EXPECT_EQ(card->find_register("CH[1].D").value().description().width(), 64u);
}

TEST_F(CardFiles, PutDescriptionsAtOffsets) {
    write_vendor_file();
    const auto card = Description::read(write("card.json", bar0(R"("descriptions": [
 {"file": "vendor.svd", "base": "0x40000000", "offset": "0x100"},
 {"file": "vendor.svd", "block": "U1", "offset": "0x8000", "name": "UART"}])")));
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(places(*card),
                ElementsAre("U0.STATUS 0x100", "U0.RX[0] 0x108", "U0.RX[1] 0x10c",
                            "U1.STATUS 0x1100", "U1.RX[0] 0x1108", "U1.RX[1] 0x110c",
                            "UART.STATUS 0x8000", "UART.RX[0] 0x8008", "UART.RX[1] 0x800c"));
    const auto location = card->find_register("U0.STATUS").value().description().location();
    EXPECT_EQ(location.file, (folder_ / "vendor.svd").string());
}

TEST_F(CardFiles, CorrectWhatTheyMeanAndNothingElse) {
    write_vendor_file();
    const auto card = Description::read(write(
        "card.json",
        "{\"openbar\": 1, \"name\": \"c\", \"regions\": [{\"name\": \"bar0\", \"descriptions\": [\n"
        "{\"file\": \"vendor.svd\", \"base\": \"0x40000000\"}]}],\n"
        "\"corrections\": [{\"registers\": \"U1.STATUS\", \"field\": \"DONE\",\n"
        "\"writeEffect\": \"one-to-clear\"},\n"
        "{\"registers\": \"U?.RX[*]\", \"access\": \"read-only\", \"reset\": 7, \"readEffect\": "
        "\"other\"},\n"
        "{\"registers\": \"U0.STATUS\", \"field\": \"ERR*\", \"remove\": true}]}"));
    ASSERT_TRUE(card) << message(card);
    const auto status0 = card->find_register("U0.STATUS").value().description();
    const auto status1 = card->find_register("U1.STATUS").value().description();
    EXPECT_EQ(status0.fields().size(), 1u);
    EXPECT_EQ(status1.fields().size(), 2u);
    EXPECT_EQ(status0.fields()[0].write_effect(), WriteEffect::none);
    EXPECT_EQ(status1.fields()[0].write_effect(), WriteEffect::one_to_clear);
    const auto location = status1.fields()[0].location(Fact::write_effect);
    EXPECT_EQ(location.file, (folder_ / "card.json").string());
    EXPECT_EQ(location.line, 4u);
    EXPECT_EQ(status1.fields()[0].location().file, (folder_ / "vendor.svd").string());
    for (const char* name : {"U0.RX[1]", "U1.RX[0]"}) {
        const auto rx = card->find_register(name).value().description();
        EXPECT_EQ(rx.access(), Access::read_only) << name;
        EXPECT_EQ(rx.reset(), 7u) << name;
        EXPECT_TRUE(rx.reading_has_effects()) << name;
    }
}

TEST_F(CardFiles, RefuseMistakesWithTheirLine) {
    write_vendor_file();
    const auto with = [&](const std::string& text) {
        return message(Description::read(write("card.json", text)));
    };
    EXPECT_THAT(with(card_json("\"regions\": [],\n\"frob\": 1")),
                HasSubstr("card.json:3: the card has no 'frob'"));
    EXPECT_THAT(with("{\"openbar\": 2, \"name\": \"c\", \"regions\": []}"),
                HasSubstr("not a version"));
    EXPECT_THAT(with(card_json("\"regions\": [], \"ids\": [\"12:34\"]")),
                HasSubstr("not a pair of PCI ids"));
    EXPECT_THAT(with(card_json("\"regions\": [{\"name\": \"bar6\"}]")), HasSubstr("not a region"));
    EXPECT_THAT(with(bar0("\"registers\": [{\"name\": \"A\"}]")),
                HasSubstr("a register without 'offset'"));
    EXPECT_THAT(with(bar0("\"registers\": [{\"name\": \"A\", \"offset\": -1}]")),
                HasSubstr("not a number"));
    EXPECT_THAT(with(bar0("\"registers\": [{\"name\": \"A\", \"offset\": 0, \"access\": \"rw\"}]")),
                HasSubstr("'rw' is not an access"));
    EXPECT_THAT(with(bar0("\"registers\": [{\"name\": \"A\", \"offset\": 0, \"fields\": "
                          "[{\"name\": \"F\", \"bits\": \"0:7\"}]}]")),
                HasSubstr("the highest one first"));
    EXPECT_THAT(with(bar0("\"descriptions\": [{\"file\": \"gone.svd\"}]")), HasSubstr("gone.svd"));
    EXPECT_THAT(with(bar0("\"descriptions\": [{\"file\": \"card.json\"}]")),
                HasSubstr("no reader for"));
    EXPECT_THAT(with(bar0("\"descriptions\": [{\"file\": \"vendor.svd\", \"block\": \"U9\"}]")),
                HasSubstr("no block 'U9'"));
    EXPECT_THAT(
        with(bar0("\"descriptions\": [{\"file\": \"vendor.svd\", \"base\": \"0x40000800\"}]")),
        HasSubstr("below the base"));
    const std::string include =
        "\"regions\": [{\"name\": \"bar0\", \"descriptions\": [{\"file\": \"vendor.svd\"}]}],\n";
    EXPECT_THAT(
        with(card_json(include +
                       "\"corrections\": [{\"registers\": \"U0.STAUS\", \"access\": \"none\"}]")),
        HasSubstr("card.json:3: no register that this correction means"));
    EXPECT_THAT(
        with(card_json(include +
                       "\"corrections\": [{\"registers\": \"U0.RX[1]\", \"access\": \"none\"}]")),
        HasSubstr("arrays are corrected as a whole"));
}

TEST_F(CardFiles, AreFoundByIdInTheOrderOfTheirPlaces) {
    const auto named = [&](const std::string& name, const std::string& ids) {
        return "{\"openbar\": 1, \"name\": \"" + name + "\", \"ids\": [\"" + ids +
               "\"], \"regions\": []}";
    };
    EXPECT_EQ(find_card({0x1234, 0x11e8}).value().name(), "edu") << "comes with openbar";
    (void)write("user/openbar/cards/a.json", named("user", "1234:11e8"));
    (void)write("user/openbar/cards/b.json", named("other", "1234:11e9"));
    EXPECT_EQ(find_card({0x1234, 0x11e8}).value().name(), "user");
    (void)write("user/openbar/cards/c.json", named("subsystem", "1234:11e8:1af4:1100"));
    EXPECT_EQ(find_card({0x1234, 0x11e8, 0x1af4, 0x1100}).value().name(), "subsystem");
    EXPECT_EQ(find_card({0x1234, 0x11e8, 0x1af4, 0x1101}).value().name(), "user");
    ::setenv("OPENBAR_CARDS",
             ("/nowhere:" + write("mine.json", named("mine", "1234:11e8")).string()).c_str(), 1);
    EXPECT_EQ(find_card({0x1234, 0x11e8}).value().name(), "mine");
    EXPECT_EQ(find_card({0x1234, 0x11e9}).value().name(), "other");
}

TEST_F(CardFiles, SayWhyNoneIsFound) {
    const auto none = find_card({0x1234, 0xffff});
    EXPECT_EQ(none.error().code, ErrorCode::not_found);
    EXPECT_THAT(none.error().message(), HasSubstr("no card file for 1234:ffff"));
    EXPECT_THAT(none.error().hint, HasSubstr((folder_ / "user/openbar/cards").string()));
    const std::string same =
        "{\"openbar\": 1, \"name\": \"c\", \"ids\": [\"1234:0001\"], \"regions\": []}";
    (void)write("user/openbar/cards/a.json", same);
    (void)write("user/openbar/cards/b.json", same);
    EXPECT_EQ(find_card({0x1234, 1}).error().code, ErrorCode::ambiguous);
    (void)write("user/openbar/cards/c.json", "{\"openbar\": 1, ");
    EXPECT_THAT(find_card({0x1234, 2}).error().message(), HasSubstr("c.json:1"))
        << "it may be the one";
    EXPECT_EQ(find_card({0x8086, 0x100e}).value().name(), "82540EM");
}

TEST_F(CardFiles, AreRefusedForAnotherCard) {
    const auto file = write(
        "edu.json", "{\"openbar\": 1, \"name\": \"c\", \"ids\": [\"1234:11e8\"], \"regions\": []}");
    EXPECT_TRUE(find_card({0x1234, 0x11e8}, file));
    const auto other = find_card({0x8086, 0x100e}, file);
    EXPECT_EQ(other.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(other.error().message(),
                HasSubstr("it is for 1234:11e8, and the device is 8086:100e"));
    write_vendor_file();
    EXPECT_TRUE(find_card({0x8086, 0x100e}, folder_ / "vendor.svd")) << "it names no device";
}

}  // namespace
}  // namespace openbar::testing
