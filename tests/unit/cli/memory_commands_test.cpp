// openbar tree and openbar translate.
#include "tests/unit/cli/run_openbar.hpp"
#include "tests/unit/device_tree/compile.hpp"
#include "tests/unit/translation/elf_builder.hpp"
#include "tests/unit/translation/image.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace openbar::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// A file of the test's own.
class WithFile : public ::testing::Test {
protected:
    ~WithFile() override { std::filesystem::remove(path_); }
    std::string write(const std::vector<std::byte>& bytes) const {
        std::ofstream(path_, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        return path_;
    }
    const std::string path_ = (std::filesystem::temp_directory_path() /
                               ("openbar-" + std::to_string(::getpid()) + "-" +
                                ::testing::UnitTest::GetInstance()->current_test_info()->name()))
                                  .string();
};

class Tree : public WithFile {
protected:
    const std::string board = write(openbar::testing::compile(R"(/ {
        #address-cells = <1>; #size-cells = <1>; aliases { rtc0 = "/soc/clock@1000"; };
        gic: gic { #interrupt-cells = <1>; interrupt-controller; };
        soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0xe0000000 0x10000>;
            clock@1000 { compatible = "arm,pl031"; reg = <0x1000 0x100>;
                interrupt-parent = <&gic>; interrupts = <7>; };
            i2c@2000 { reg = <0x2000 0x100>; #address-cells = <1>; #size-cells = <0>;
                chip@50 { reg = <0x50>; status = "disabled"; }; }; }; };)"));
};

TEST_F(Tree, lists_each_node_with_its_physical_registers) {
    const Ran ran = run_openbar({"tree", "--dtb", board});
    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_THAT(ran.out, HasSubstr("    clock@1000  arm,pl031  0xe0001000+0x100\n"));
    EXPECT_THAT(ran.out, HasSubstr("chip@50  (disabled)\n"));
}

TEST_F(Tree, tells_all_about_one_node) {
    const Ran ran = run_openbar({"tree", "rtc0", "--dtb", board});
    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_THAT(ran.out, HasSubstr("/soc/clock@1000\n"));
    EXPECT_THAT(ran.out, HasSubstr("0x1000 on its bus"));
    EXPECT_THAT(ran.out, HasSubstr("interrupt    0x7 at /gic"));
    EXPECT_THAT(ran.out, HasSubstr("compatible = \"arm,pl031\""));
    EXPECT_THAT(run_openbar({"tree", "/soc/i2c@2000/chip", "--dtb", board}).out,
                HasSubstr("`#size-cells` of /soc/i2c@2000 is 0"));
}

TEST_F(Tree, gives_the_same_as_json) {
    const Ran ran = run_openbar({"tree", "/soc", "--dtb", board, "--json"});
    const json soc = json::parse(ran.out);
    EXPECT_EQ(soc["children"][0]["registers"][0]["physical_address"], "0xe0001000");
    EXPECT_EQ(soc["children"][0]["interrupts"][0]["cells"][0], 7);
}

TEST_F(Tree, says_what_there_is_instead_of_what_there_is_not) {
    const Ran ran = run_openbar({"tree", "/soc/uart", "--dtb", board});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("it has clock@1000, i2c@2000"));
}

TEST_F(Tree, prints_values_by_their_standard_types_and_json_carries_the_bytes) {
    const std::string file = write(openbar::testing::compile(R"(/ {
        #address-cells = <1>; #size-cells = <1>;
        dev@50000000 { reg = <0x50000000 0x2000>; compatible = "a", ""; label = "";
            model = "Öko \"x\" \\ \t \x9b"; clock-frequency = <0x41424300>; acme,flag;
            acme,list = "one", "two"; acme,number = <0x61626300>; acme,cell = <0x10203>;
            acme,bytes = [00 61 00]; }; };)"));
    const std::string out = run_openbar({"tree", "/dev", "--dtb", file}).out;
    for (const char* line :
         {"  reg = <0x50000000 0x2000>\n", "  compatible = \"a\", \"\"\n", "  label = \"\"\n",
          "  model = \"Öko \\\"x\\\" \\\\ \\t \\x9b\"\n", "  clock-frequency = <0x41424300>\n",
          "  acme,flag\n", "  acme,list = \"one\", \"two\"\n", "  acme,number = \"abc\"\n",
          "  acme,cell = <0x10203>\n", "  acme,bytes = [00 61 00]\n"})
        EXPECT_THAT(out, HasSubstr(line));
    const json node = json::parse(run_openbar({"tree", "/dev", "--dtb", file, "--json"}).out);
    EXPECT_EQ(node["properties"]["reg"], "<0x50000000 0x2000>");
    EXPECT_EQ(node["property_bytes"]["reg"], "5000000000002000");
    EXPECT_EQ(node["property_bytes"]["acme,flag"], "");
}

TEST_F(Tree, prints_a_source_that_dtc_compiles_to_the_same_bytes) {
    std::string values;  // every byte at every place of a word, alone and between letters
    for (int byte = 0; byte < 256; ++byte)
        values += fmt::format(
            "p{0:02x} = [{0:02x}]; q{0:02x} = [61 {0:02x} 62 00]; "
            "r{0:02x}-names = [{0:02x} c3 a4 {0:02x} 00]; ",
            byte);
    const std::string file = write(openbar::testing::compile("/ { node { " + values + "}; };"));
    const json first = json::parse(run_openbar({"tree", "/node", "--dtb", file, "--json"}).out);
    std::string again;
    for (const auto& [name, text] : first["properties"].items())
        again += name + " = " + text.get<std::string>() + "; ";
    const std::string copy = write(openbar::testing::compile("/ { node { " + again + "}; };"));
    const json second = json::parse(run_openbar({"tree", "/node", "--dtb", copy, "--json"}).out);
    ASSERT_EQ(first["property_bytes"].size(), 768u);
    EXPECT_EQ(first["property_bytes"], second["property_bytes"]);
}

class Translate : public WithFile {
protected:
    Translate() {
        image.put64(0x1000, 0, 0x2007);
        image.put64(0x2000, 0, 0x3007);
        image.put64(0x3000, 0, 0x4007);
        image.put64(0x4000, 5, 0x6003);
    }
    openbar::testing::Image image{0x8000};
};

TEST_F(Translate, shows_each_step_and_the_page) {
    const Ran ran =
        run_openbar({"translate", "0x5123", "--memory", write(image.bytes()), "--cr3", "0x1000"});
    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_THAT(ran.out, HasSubstr("PT[5]"));
    EXPECT_THAT(ran.out, HasSubstr("0x6123  in a page of 4 KiB at 0x6000"));
    EXPECT_THAT(ran.out, HasSubstr("kernel, writable, executable, WB"));
}

TEST_F(Translate, takes_cr3_and_the_mode_from_a_dump) {
    openbar::testing::ElfBuilder elf;
    elf.qemu_processor({.cr0 = 0x80000001, .cr3 = 0x1000, .cr4 = 0x20});
    elf.load(0, image.bytes());
    const Ran ran = run_openbar({"translate", "0x5123", "--memory", write(elf.build()), "--json"});
    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    const json found = json::parse(ran.out);
    EXPECT_EQ(found["physical_address"], "0x6123");
    EXPECT_EQ(found["mode"], "4-level");
    EXPECT_EQ(found["steps"].size(), 4U);
}

TEST_F(Translate, names_the_entry_where_the_way_ends) {
    const Ran ran =
        run_openbar({"translate", "0x7000", "--memory", write(image.bytes()), "--cr3", "0x1000"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, HasSubstr("PT[7]"));
    EXPECT_THAT(ran.diagnostics, HasSubstr("entry 7 of the PT, at 0x4038 (0x0), is not present"));
}

TEST_F(Translate, asks_for_what_a_raw_image_does_not_say) {
    const Ran ran = run_openbar({"translate", "0x5123", "--memory", write(image.bytes())});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("give --cr3"));
}

TEST(TranslateUsage, needs_one_address_and_one_source) {
    EXPECT_EQ(run_openbar({"translate", "0x1000"}).code, 2);
    EXPECT_EQ(run_openbar({"translate", "--self"}).code, 2);
    EXPECT_EQ(run_openbar({"translate", "0x1000", "--self", "--memory", "x"}).code, 2);
    EXPECT_EQ(run_openbar({"translate", "0x1000", "--memory", "x", "--mode", "6"}).code, 2);
}

TEST(TranslateSelf, looks_up_a_page_of_this_process) {
    static int variable = 1;  // in this program's file
    const Ran ran = run_openbar(
        {"translate", "--self", std::to_string(reinterpret_cast<std::uintptr_t>(&variable))});
    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_THAT(ran.out, HasSubstr("present"));
    EXPECT_THAT(ran.out, HasSubstr("/cli_tests"));
}

}  // namespace
}  // namespace openbar::cli
