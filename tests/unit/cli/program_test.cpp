#include "tests/unit/cli/run_openbar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace openbar::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Program, without_a_command_is_wrong_usage_and_shows_help) {
    const Ran ran = run_openbar({});

    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.diagnostics, HasSubstr("usage: openbar COMMAND"));
}

TEST(Program, lists_every_command_in_its_help) {
    const Ran ran = run_openbar({"--help"});

    EXPECT_EQ(ran.code, 0);
    for (const char* command : {"list", "info", "read", "write", "dump", "config", "irq", "dma",
                                "bind", "unbind", "doctor"})
        EXPECT_THAT(ran.out, HasSubstr(std::string("\n  ") + command + " "));
}

TEST(Program, has_help_with_examples_for_every_command) {
    for (const char* command : {"list", "info", "read", "write", "dump", "config", "irq", "dma",
                                "bind", "unbind", "doctor"}) {
        const Ran ran = run_openbar({command, "--help"});

        EXPECT_EQ(ran.code, 0) << command;
        EXPECT_THAT(ran.out, StartsWith(std::string("openbar ") + command));
        EXPECT_THAT(ran.out, HasSubstr(std::string("\nexamples\n")));
        EXPECT_THAT(ran.out, HasSubstr(std::string("openbar ") + command + " "));
        EXPECT_THAT(ran.out, HasSubstr("exit codes"));
        EXPECT_EQ(run_openbar({"help", command}).out, ran.out);
    }
}

TEST(Program, offers_the_similar_command_for_a_misspelt_one) {
    const Ran ran = run_openbar({"raed"});

    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.diagnostics, HasSubstr("did you mean 'read'?"));
}

TEST(Program, offers_the_similar_option_for_a_misspelt_one) {
    const Ran ran = run_openbar({"read", "00:04.0", "bar0", "0", "--widht", "8"});

    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.diagnostics, HasSubstr("did you mean '--width'?"));
}

TEST(Program, says_in_the_users_words_that_an_option_lacks_its_value) {
    const Ran ran = run_openbar({"irq", "00:04.0", "--start", "bar0", "0"});

    EXPECT_THAT(ran.diagnostics, StartsWith("openbar irq: --start: too few values follow it\n"));
}

TEST(Program, says_that_an_option_is_given_twice) {
    for (const Ran& ran :
         {run_openbar({"read", "00:04.0", "bar0", "0", "--width", "8", "--width", "16"}),
          run_openbar({"read", "00:04.0", "bar0", "0", "--width=8", "--width", "16"})}) {
        EXPECT_EQ(ran.code, 2);
        EXPECT_THAT(ran.diagnostics, StartsWith("openbar read: --width: given 2 times\n"));
    }
}

TEST(Program, shows_control_characters_instead_of_obeying_them) {
    for (const Ran& ran : {run_openbar({"re\x1b[31m"}), run_openbar({"read", "\x1b[31m", "0", "0"}),
                           run_openbar({"read", "vfio-user:/\x1b[31m", "0", "0"}),
                           run_openbar({"read", "sim:edu", "0", "0", "\x1b[31m"})}) {
        EXPECT_THAT(ran.diagnostics, HasSubstr("\\x1b[31m"));
        EXPECT_THAT(ran.diagnostics, Not(HasSubstr("\x1b")));
    }
}

TEST(Program, lists_the_simulated_cards_as_json_too) {
    const Ran ran = run_openbar({"sim", "--list", "--json"});

    ASSERT_EQ(ran.code, 0) << ran.diagnostics;
    const auto cards = nlohmann::json::parse(ran.out);
    EXPECT_EQ(cards[1]["name"], "edu");
    EXPECT_EQ(cards[1]["parameters"][1]["name"], "dma_time");
}

TEST(Program, tells_wrong_usage_from_failure) {
    for (const auto& arguments : std::initializer_list<std::initializer_list<std::string>>{
             {"read"},
             {"read", "00:04.0"},
             {"read", "nonsense", "bar0", "0"},
             {"read", "00:04.0", "bar9", "0"},
             {"read", "00:04.0", "bar0", "zero"},
             {"read", "00:04.0", "bar0", "0", "--width", "24"},
             {"read", "00:04.0", "bar0", "0", "--count", "0"},
             {"read", "00:04.0", "bar0", "0", "too", "many"},
             {"read", "00:04.0", "bar0", "0", "--width"},
             {"dump", "00:04.0", "bar0", "--length", "0"},
             {"dump", "00:04.0", "bar0", "--output", ""},
             {"irq", "00:04.0", "--count", "0"},
             {"irq", "00:04.0", "--start", "bar0", "0"},
             {"dma", "00:04.0", "--count", "0"},
             {"dma", "00:04.0", "--size", "0"},
             {"write", "00:04.0", "bar0", "0"},
             {"write", "00:04.0", "bar0", "0", "0x100000000"},
             {"write", "00:04.0", "bar0", "0", "0x100", "--width", "8"},
             {"write", "00:04.0", "bar0", "0", "1:2:3"},
             {"config", "00:04.0", "no_such_register"},
             {"config", "00:04.0", "command", "0x10000"},
             {"irq", "00:04.0", "--timeout", "soon"},
             {"irq", "00:04.0", "--timeout", "-1"},
             {"irq", "00:04.0", "--kind", "msiy"},
             {"irq", "00:04.0", "--start", "bar0", "0"},
             {"bind", "00:04.0"},
             {"doctor", "nonsense"},
         }) {
        const Ran ran = run_openbar(arguments);

        EXPECT_EQ(ran.code, 2) << ::testing::PrintToString(std::vector<std::string>(arguments));
        EXPECT_THAT(ran.out, IsEmpty());
        EXPECT_THAT(ran.diagnostics, StartsWith("openbar "));
    }
}

TEST(Program, tells_its_version) {
    EXPECT_THAT(run_openbar({"--version"}).out, StartsWith("openbar 0."));
}

}  // namespace
}  // namespace openbar::cli
