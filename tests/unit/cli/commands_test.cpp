#include "base/system_calls.hpp"
#include "tests/unit/cli/one_card.hpp"
#include "tests/unit/cli/run_openbar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace openbar::cli {
namespace {

using nlohmann::json;
using test::card;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Commands : public test::OneCard {};

TEST_F(Commands, list_shows_address_ids_driver_and_way_in) {
    system_.add_function({.address = "0000:00:05.0",
                          .vendor = 0x8086,
                          .device = 0x100e,
                          .driver = "e1000",
                          .regions = {}});

    const Ran ran = run_openbar({"list"});

    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, HasSubstr("0000:00:04.0  1234:11e8  -"));
    EXPECT_THAT(ran.out, HasSubstr("sysfs"));
    EXPECT_THAT(ran.out, HasSubstr("bar0 4K, bar1 256 io"));
    EXPECT_THAT(ran.out, HasSubstr("0000:00:05.0  8086:100e  e1000"));
    EXPECT_THAT(ran.out, HasSubstr("config"));
    EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
}

TEST_F(Commands, info_calls_no_region_reachable_that_read_refuses) {
    system_.add_function(
        {.address = "0000:00:05.0", .vendor = 0x8086, .device = 0x100e, .driver = "e1000"});
    EXPECT_THAT(run_openbar({"info", "00:05.0"}).out,
                HasSubstr("none: the kernel driver e1000 owns the device"));
    EXPECT_EQ(run_openbar({"read", "00:05.0", "bar0", "0"}).code, 1);

    EXPECT_THAT(run_openbar({"info", "00:04.0"}).out, Not(HasSubstr("none: ")));
    system_.poke(card + "/config", 4, std::string(1, '\0'));
    const json off = json::parse(run_openbar({"info", "00:04.0", "--json"}).out);
    for (const json& region : off["regions"]) {
        const std::string name = region["name"];
        const bool refused = run_openbar({"read", "00:04.0", name, "0"}).code != 0;
        EXPECT_EQ(region.contains("not_reachable_because"), refused) << name;
    }
}

TEST_F(Commands, list_as_json_holds_the_same) {
    const json all = json::parse(run_openbar({"list", "--json"}).out);

    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0]["address"], "0000:00:04.0");
    EXPECT_EQ(all[0]["identity"]["vendor"], "0x1234");
    EXPECT_EQ(all[0]["regions"][0]["size"], 4096);
    EXPECT_EQ(all[0]["open"]["backend"], "sysfs");
}

TEST_F(Commands, read_prints_one_value_a_line_with_all_its_digits) {
    system_.poke(card + "/resource0", 0x10, std::string("\x01\x02\x03\x04\xed\0\0\x01", 8));

    EXPECT_EQ(run_openbar({"read", "00:04.0", "bar0", "0x10", "--count", "2"}).out,
              "0x04030201\n0x010000ed\n");
    EXPECT_EQ(run_openbar({"read", "00:04.0", "0", "0x10", "--width", "8"}).out, "0x01\n");
    EXPECT_EQ(run_openbar({"read", "00:04.0", "0", "0x12", "--width", "16"}).out, "0x0403\n");
    EXPECT_EQ(run_openbar({"read", "00:04.0", "0", "16", "--width", "64"}).out,
              "0x010000ed04030201\n");
}

TEST_F(Commands, read_gives_the_same_by_requests) {
    system_.poke(card + "/resource0", 0x10, "\x01\x02\x03\x04");

    const Ran ran = run_openbar({"read", "pci:1234:11e8", "bar0", "0x10", "--requests", "--json"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    const json read = json::parse(ran.out);
    EXPECT_EQ(read["access"], "requests");
    EXPECT_EQ(read["values"], json::array({"0x04030201"}));
    EXPECT_EQ(json::parse(run_openbar({"read", "00:04.0", "0", "0", "--json"}).out)["access"],
              "mapped");
}

TEST_F(Commands, read_refuses_what_lies_outside_or_crooked) {
    for (const auto& arguments : std::initializer_list<std::initializer_list<std::string>>{
             {"read", "00:04.0", "bar0", "0x1000"},
             {"read", "00:04.0", "bar0", "0xffc", "--count", "2"},
             {"read", "00:04.0", "bar0", "0xfffffffffffffffc"},
             {"read", "00:04.0", "bar0", "4", "--count", "0xffffffffffffffff"},
             {"read", "00:04.0", "bar0", "2"},
             {"read", "00:04.0", "bar2", "0"},
             {"read", "00:04.0", "bar1", "0", "--width", "64"},
             {"read", "00:05.0", "bar0", "0"},
             {"read", "vfio:00:04.0", "bar0", "0"},
         }) {
        const Ran ran = run_openbar(arguments);

        EXPECT_EQ(ran.code, 1) << ::testing::PrintToString(std::vector<std::string>(arguments));
        EXPECT_THAT(ran.out, IsEmpty());
        EXPECT_THAT(ran.diagnostics, HasSubstr("openbar: "));
        EXPECT_THAT(ran.diagnostics, HasSubstr("hint: "));
    }
}

TEST_F(Commands, write_writes_its_width_and_nothing_else) {
    system_.poke(card + "/resource0", 0, "\xff\xff\xff\xff\xff\xff\xff\xff");

    EXPECT_EQ(run_openbar({"write", "00:04.0", "bar0", "2", "0x1234", "--width", "16"}).code, 0);

    EXPECT_EQ(system_.read(card + "/resource0").substr(0, 8), "\xff\xff\x34\x12\xff\xff\xff\xff");
}

TEST_F(Commands, write_with_a_mask_keeps_the_other_bits) {
    system_.poke(card + "/resource0", 0, "\xa5\xff\xff\xff");

    const Ran ran = run_openbar({"write", "00:04.0", "bar0", "0", "0xff0f:0xff"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_EQ(system_.read(card + "/resource0").substr(0, 4), "\x0f\xff\xff\xff");
}

TEST_F(Commands, write_changes_nothing_where_it_is_refused) {
    const std::string before = system_.read(card + "/resource0");

    EXPECT_EQ(run_openbar({"write", "00:04.0", "bar0", "0xffe", "1"}).code, 1);
    EXPECT_EQ(run_openbar({"write", "00:04.0", "bar0", "0", "0x100", "--width", "8"}).code, 2);

    EXPECT_EQ(system_.read(card + "/resource0"), before);
}

TEST_F(Commands, dump_writes_raw_bytes_where_there_is_no_terminal) {
    system_.poke(card + "/resource0", 0, "card");

    const Ran ran = run_openbar({"dump", "00:04.0", "bar0"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_EQ(ran.out.size(), 4096u);
    EXPECT_EQ(ran.out.substr(0, 4), "card");
    EXPECT_THAT(ran.diagnostics, IsEmpty());
}

TEST_F(Commands, end_as_failed_where_something_is_thrown_in_them) {
    system_calls::set_hook_for_tests([](std::string_view call) {
        if (call == "mmap") throw std::runtime_error("thrown by the test");
        return 0;
    });
    const Ran ran = run_openbar({"read", "00:04.0", "bar0", "0"});
    system_calls::set_hook_for_tests({});

    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("openbar: run openbar read: thrown by the test"));
    // The device was given back: it can be had again.
    EXPECT_EQ(run_openbar({"read", "00:04.0", "bar0", "0"}).code, 0);
}

TEST_F(Commands, dump_shows_hexadecimal_on_request) {
    system_.poke(card + "/resource0", 0x20, "card");

    EXPECT_EQ(run_openbar({"dump", "00:04.0", "bar0", "--offset", "0x20", "--length", "8", "--hex",
                           "--width", "16"})
                  .out,
              "00000020  6163 6472 0000 0000                      card....\n");
}

TEST_F(Commands, dump_as_json_lists_the_elements) {
    system_.poke(card + "/resource0", 0x20, "card");

    EXPECT_EQ(
        run_openbar({"dump", "00:04.0", "bar0", "--offset", "0x20", "--length", "8", "--json"}).out,
        "{\n"
        "  \"device\": \"0000:00:04.0\",\n"
        "  \"region\": 0,\n"
        "  \"offset\": 32,\n"
        "  \"length\": 8,\n"
        "  \"width\": 32,\n"
        "  \"values\": [\n"
        "    \"0x64726163\",\n"
        "    \"0x00000000\"\n"
        "  ]\n"
        "}\n");
}

TEST_F(Commands, print_well_formed_json_of_what_was_read_before_an_error) {
    const auto run_with_reads = [](int allowed, const std::vector<std::string>& words) {
        system_calls::set_hook_for_tests([left = allowed](std::string_view call) mutable {
            return call == "pread" && left-- <= 0 ? EIO : 0;
        });
        const Ran ran = run_openbar(words);
        system_calls::set_hook_for_tests({});
        return ran;
    };
    const std::vector<std::string> words{"read",    "00:04.0", "config", "0",
                                         "--count", "8",       "--json"};
    int opening = 0;  // what is read of the configuration space before the first element
    while (run_with_reads(opening, words).out.empty()) ASSERT_LT(++opening, 20);

    const Ran ran = run_with_reads(opening + 2, words);

    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(json::parse(ran.out)["values"].size(), 3u);
}

TEST_F(Commands, dump_says_which_width_or_length_would_do) {
    EXPECT_THAT(run_openbar({"dump", "00:04.0", "bar0", "--length", "6"}).diagnostics,
                HasSubstr("hint: --width 16, or --length 0x4\n"));
    EXPECT_THAT(run_openbar({"dump", "00:04.0", "bar0", "--length", "3"}).diagnostics,
                HasSubstr("hint: --width 8\n"));
    EXPECT_THAT(run_openbar({"dump", "00:04.0", "config", "--offset", "2"}).diagnostics,
                HasSubstr("hint: --width 16\n"));
    EXPECT_EQ(run_openbar({"dump", "00:04.0", "config", "--offset", "2", "--width", "16"}).code, 0);
}

TEST_F(Commands, dump_makes_its_file_whole_or_not_at_all) {
    const std::string file = system_.path("/dump.bin").string();

    EXPECT_EQ(
        run_openbar({"dump", "00:04.0", "bar0", "--length", "6", "--width", "8", "--output", file})
            .code,
        0);
    EXPECT_EQ(std::filesystem::file_size(file), 6u);
    EXPECT_EQ(run_openbar({"dump", "00:04.0", "bar0", "--length", "8k", "--output", file}).code, 1);
    EXPECT_EQ(std::filesystem::file_size(file), 6u);
}

TEST_F(Commands, config_decodes_the_header_and_the_capabilities) {
    system_.poke(card + "/config", 0x06, std::string("\x10\0", 2));
    system_.poke(card + "/config", 0x34, "\x40");
    system_.poke(card + "/config", 0x40, std::string("\x05\0\x81\0", 4));

    const Ran ran = run_openbar({"config", "00:04.0"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_THAT(ran.out, HasSubstr("0x000 vendor_id                0x1234"));
    EXPECT_THAT(ran.out, HasSubstr("I/O- Mem+ BusMaster-"));
    EXPECT_THAT(ran.out, HasSubstr("0x40 CAP_MSI: MSI"));
    EXPECT_THAT(ran.out, HasSubstr("Enable+ Capable=1 Enabled=1 64bit+"));
}

TEST_F(Commands, config_as_json_has_values_and_fields) {
    const json decoded = json::parse(run_openbar({"config", "00:04.0", "--json"}).out);

    const json& command = decoded["blocks"][0]["registers"][2];
    EXPECT_EQ(command["name"], "command");
    EXPECT_EQ(command["value"], "0x0002");
    EXPECT_EQ(command["fields"]["Mem"], true);
}

TEST_F(Commands, config_reads_and_writes_registers_by_name) {
    system_.poke(card + "/config", 0x06, std::string("\x10\0", 2));
    system_.poke(card + "/config", 0x34, "\x40");
    system_.poke(card + "/config", 0x40, std::string("\x05\0\x80\0", 4));

    EXPECT_EQ(run_openbar({"config", "00:04.0", "device_id"}).out, "0x11e8\n");
    EXPECT_EQ(run_openbar({"config", "00:04.0", "0.B"}).out, "0x34\n");
    EXPECT_EQ(run_openbar({"config", "00:04.0", "CAP_MSI+2.W"}).out, "0x0080\n");
    EXPECT_EQ(run_openbar({"config", "00:04.0", "command", "4:4"}).code, 0);
    EXPECT_EQ(run_openbar({"config", "00:04.0", "command"}).out, "0x0006\n");
    EXPECT_EQ(run_openbar({"config", "00:04.0", "CAP_MSI+2.W", "0x81"}).code, 0);
    EXPECT_EQ(system_.read(card + "/config").substr(0x40, 4), std::string("\x05\0\x81\0", 4));
}

TEST_F(Commands, config_does_not_come_round_to_the_header_behind_a_capability) {
    system_.poke(card + "/config", 0x06, std::string("\x10\0", 2));
    system_.poke(card + "/config", 0x34, "\x40");
    system_.poke(card + "/config", 0x40, std::string("\x01\0\x03\0", 4));
    const std::string before = system_.read(card + "/config");

    for (const char* place : {"CAP_PM+0xffffffffffffffc4.W", "CAP_PM+0xc0.W"}) {
        const Ran ran = run_openbar({"config", "00:04.0", place, "0"});

        EXPECT_EQ(ran.code, 1) << place;
        EXPECT_THAT(ran.diagnostics, HasSubstr("hint: keep to offsets below 0xc0"));
    }
    EXPECT_EQ(system_.read(card + "/config"), before);
    EXPECT_EQ(run_openbar({"config", "00:04.0", "CAP_PM+0xbe.W", "0x1234"}).code, 0);
}

TEST_F(Commands, config_names_the_capabilities_that_there_are) {
    const Ran ran = run_openbar({"config", "00:04.0", "CAP_EXP"});

    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("it has none"));
    EXPECT_EQ(run_openbar({"config", "00:04.0", "0x100"}).code, 1);
}

TEST_F(Commands, info_says_what_can_be_done_and_why_not) {
    const Ran ran = run_openbar({"info", "00:04.0"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_THAT(ran.out, HasSubstr("1234:11e8"));
    EXPECT_THAT(ran.out, HasSubstr("mapped"));
    EXPECT_THAT(ran.out, HasSubstr("requests: port I/O"));
    EXPECT_THAT(ran.out, HasSubstr("interrupts       no: sysfs offers no interrupts\n"));
    EXPECT_THAT(ran.out, HasSubstr("hint: openbar bind 0000:00:04.0 "));
    const json info = json::parse(run_openbar({"info", "00:04.0", "--json"}).out);
    EXPECT_EQ(info["backend"], "sysfs");
    EXPECT_EQ(info["capabilities"]["mapping"]["offered"], true);
    EXPECT_FALSE(info["capabilities"]["mapping"].contains("hint"));
    EXPECT_EQ(info["capabilities"]["interrupts"]["why_not"], "sysfs offers no interrupts");
    EXPECT_THAT(std::string(info["capabilities"]["interrupts"]["hint"]),
                HasSubstr("openbar bind 0000:00:04.0"));
}

TEST_F(Commands, irq_says_why_there_are_no_interrupts) {
    const Ran ran = run_openbar({"irq", "00:04.0", "--timeout", "1"});

    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("hint: openbar bind 0000:00:04.0 "));
}

/// A card that is gone reads as ones; so may a register of one that is there.
TEST_F(Commands, tell_a_card_that_went_while_it_was_read_from_registers_that_are_all_ones) {
    const std::string file = system_.path("/dump.bin").string();
    const std::string ones(4096, '\xff');
    system_.write("/dump.bin", "as it was");
    system_.poke(card + "/resource0", 8, ones.substr(8));
    EXPECT_EQ(run_openbar({"read", "00:04.0", "bar0", "8"}).out, "0xffffffff\n");

    system_calls::set_hook_for_tests([&](std::string_view call) {
        if (call == "mmap") system_.poke(card + "/config", 0, ones.substr(0, 256));
        return 0;
    });
    const Ran read = run_openbar({"read", "00:04.0", "bar0", "8"});
    system_.poke(card + "/config", 0, std::string("\x34\x12\xe8\x11\x03\x00", 6));
    const Ran dump = run_openbar({"dump", "00:04.0", "bar0", "--output", file});
    system_calls::set_hook_for_tests({});

    EXPECT_EQ(read.code, 1);
    EXPECT_EQ(read.out, "");
    EXPECT_THAT(read.diagnostics, HasSubstr("no longer answers"));
    EXPECT_EQ(dump.code, 1);
    EXPECT_EQ(system_.read("/dump.bin"), "as it was");
}

TEST_F(Commands, dump_refuses_an_offset_at_the_end_of_the_region) {
    const Ran ran = run_openbar({"dump", "00:04.0", "bar0", "--offset", "0x1000"});

    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("do not lie within its size of 0x1000"));
}

TEST_F(Commands, call_a_region_that_is_not_there_as_its_user_did) {
    EXPECT_THAT(run_openbar({"read", "00:04.0", "rom", "0"}).diagnostics,
                HasSubstr("find rom of 0000:00:04.0: the device has no such region"));
    EXPECT_THAT(run_openbar({"read", "00:04.0", "3", "0"}).diagnostics,
                HasSubstr("find bar3 of 0000:00:04.0"));
}

TEST_F(Commands, config_names_the_capability_that_is_not_there) {
    EXPECT_THAT(run_openbar({"config", "00:04.0", "ECAP_AER+4"}).diagnostics,
                HasSubstr("find ECAP_AER in the configuration space: "));
    EXPECT_THAT(run_openbar({"config", "00:04.0", "CAP_MSI@1"}).diagnostics,
                HasSubstr("find CAP_MSI@1 in"));
}

}  // namespace
}  // namespace openbar::cli
