// An option that is given is obeyed or refused, and a command that did not do what it was told to
// does not end as if it had.
#include "tests/unit/cli/one_card.hpp"
#include "tests/unit/cli/run_openbar.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace openbar::cli {
namespace {

using Words = std::vector<std::string>;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::PrintToString;
using ::testing::StartsWith;

/// A folder of the test's own, with an image of memory in it whose tables map 0x5000 to 0x6000.
class Refusals : public ::testing::Test {
protected:
    Refusals() {
        std::filesystem::create_directory(folder_);
        std::string bytes(0x8000, '\0');
        const auto entry = [&](std::size_t at, std::uint16_t value) {
            bytes[at] = static_cast<char>(value & 0xff);
            bytes[at + 1] = static_cast<char>(value >> 8);
        };
        entry(0x1000, 0x2007);
        entry(0x2000, 0x3007);
        entry(0x3000, 0x4007);
        entry(0x4028, 0x6003);
        std::ofstream(image_, std::ios::binary) << bytes;
    }
    ~Refusals() override { std::filesystem::remove_all(folder_); }

    Ran translate_each(const std::string& addresses) const {
        return run_openbar(
            {"translate", "--addresses", addresses, "--memory", image_, "--cr3", "0x1000"});
    }

    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("openbar-refusals-" + std::to_string(::getpid()));
    const std::string image_ = (folder_ / "image").string();
};

TEST_F(Refusals, addresses_that_cannot_be_read_are_an_error) {
    for (const std::string& path :
         {folder_.string(), std::string("/proc/self/mem"), (folder_ / "missing").string()}) {
        const Ran ran = translate_each(path);
        EXPECT_EQ(ran.code, 1) << path;
        EXPECT_THAT(ran.diagnostics, HasSubstr(path));
    }
}

TEST_F(Refusals, addresses_from_a_closed_stream_are_an_error) {
    const int before = ::dup(STDIN_FILENO);
    const int refusing = ::open("/dev/null", O_WRONLY);
    ::dup2(refusing, STDIN_FILENO);
    const Ran ran = translate_each("-");
    ::dup2(before, STDIN_FILENO);
    ::close(before);
    ::close(refusing);
    std::clearerr(stdin);
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("standard input"));
}

TEST_F(Refusals, an_address_that_is_no_number_is_named_with_its_line) {
    const std::string path = (folder_ / "addresses").string();
    std::ofstream(path) << "0x5123\n\n5123h\n";
    const Ran ran = translate_each(path);
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, StartsWith("0x5123 0x6123 4096 "));
    EXPECT_THAT(ran.diagnostics, HasSubstr("line 3 of " + path));
}

TEST_F(Refusals, bytes_of_a_directory_are_not_none) {
    const Ran ran = run_openbar({"ioctl", "send", "x", "0x222000", "--in", "@" + folder_.string()});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("it is a directory"));
}

TEST_F(Refusals, options_that_would_change_nothing_are_wrong_usage) {
    for (const Words& words : std::initializer_list<Words>{
             {"dump", "sim:edu", "config", "--output", "x", "--hex"},
             {"dump", "sim:edu", "config", "--output", "x", "--json"},
             {"dump", "sim:edu", "config", "--hex", "--json"},
             {"translate", "0x1", "--self", "--cr3", "0"},
             {"translate", "0x1", "--self", "--mode", "pae"},
             {"translate", "0x1", "--self", "--base", "0"},
             {"translate", "0x1", "--self", "--no-nx"},
             {"translate", "0x1", "--self", "--addresses", "-"},
             {"translate", "0x1", "--memory", image_, "--cr3", "0", "--mode", "pae", "--processor",
              "0"},
             {"dma", "sim:edu", "--count", "3"},
             {"dma", "sim:edu", "--seed", "3"},
             {"sim", "--list", "edu"},
             {"sim", "--list", "--trace"},
             {"sim", "--list", "--socket", "x"},
             {"sim", "edu", "--socket", "x", "--json"},
             {"ioctl", "decode", "1", "--out", "4"},
             {"ioctl", "send", "x", "1", "--output", "y", "--json"},
             {"config", "sim:edu", "command", "4", "--json"},
             {"inf", "--fixed", "--hardware-id", "root\\x", "--ports", "1:1", "--name", "x",
              "--output", "y", "--dma-bits", "64"},
             {"help", "read", "write"},
             {"--version", "read"},
         }) {
        const Ran ran = run_openbar(words);
        EXPECT_EQ(ran.code, 2) << PrintToString(words) << ran.diagnostics;
        EXPECT_THAT(ran.out, IsEmpty()) << PrintToString(words);
    }
    EXPECT_FALSE(std::filesystem::exists("x"));
}

TEST_F(Refusals, an_empty_word_is_wrong_usage_wherever_it_stands) {
    for (const Words& words : std::initializer_list<Words>{
             {"tree", ""},
             {"tree", "--dtb", ""},
             {"bind", "00:04.0", ""},
             {"bind", "", "vfio-pci"},
             {"read", "", "0", "0"},
             {"translate", "0x1", "--self", "--memory", ""},
             {"translate", "--addresses", "", "--memory", image_},
             {"sim", "", "--list"},
             {"sim", "edu", "--socket", ""},
             {"irq", "sim:edu", "--start", "bar0", "", "1"},
             {"config", "sim:edu", ""},
             {"doctor", ""},
             {"inf", "--vendor", "1", "--device", "1", "--name", "", "--output", "x"},
         }) {
        const Ran ran = run_openbar(words);
        EXPECT_EQ(ran.code, 2) << PrintToString(words) << ran.diagnostics;
    }
}

TEST_F(Refusals, numbers_that_nothing_has_are_wrong_usage_and_are_repeated_as_given) {
    const auto refused = [](Words words, const std::string& number) {
        const Ran ran = run_openbar(words);
        EXPECT_EQ(ran.code, 2) << PrintToString(words);
        EXPECT_THAT(ran.diagnostics, HasSubstr(number));
    };
    refused({"translate", "0x1", "--self", "--pid", "0"}, "0 is not a process id");
    refused({"translate", "0x1", "--self", "--pid", "99999999999"}, "99999999999");
    refused({"translate", "0x1", "--memory", image_, "--physical-bits", "99"}, "99");
    refused({"translate", "0x1", "--memory", image_, "--physical-bits", "31"}, "31");
}

TEST(WrongWords, no_message_glues_an_option_to_a_sentence_or_says_a_thing_twice) {
    for (const Words& words : std::initializer_list<Words>{
             {"inf"},
             {"inf", "--vendor", "12345", "--device", "1"},
             {"inf", "--name", "x", "--vendor", "1", "--device", "1", "--ports", "1:1"},
             {"inf", "--fixed", "--name", "x"},
             {"sim"},
             {"sim", "edu"},
             {"ioctl", "send"},
             {"ioctl", "encode"},
             {"ioctl", "encode", "x"},
             {"read", "sim:edu", "0", "zero"},
             {"read", "sim:edu", "bar9", "0"},
             {"read", "nonsense", "0", "0"},
             {"config", "sim:edu", "CAP_FOO"},
         }) {
        const std::string first = run_openbar(words).diagnostics;
        const std::string line = first.substr(0, first.find('\n'));
        for (const char* glued : {": and ", ": is ", ": needs ", ": replaces ", ": takes "})
            EXPECT_THAT(line, Not(HasSubstr(glued)));
        for (const char* word : {"zero", "bar9", "nonsense", "CAP_FOO"})
            EXPECT_EQ(line.find(word), line.rfind(word)) << line;
    }
}

TEST(WrongWords, usage_begins_a_line_for_each_form_and_stays_within_the_page) {
    const std::string usage =
        "usage: openbar translate ADDRESS --memory FILE [--cr3 N] [--mode MODE]\n"
        "       openbar translate --addresses FILE --memory FILE …\n"
        "       openbar translate --self ADDRESS [--pid N]\n";
    EXPECT_THAT(run_openbar({"translate", "0x1"}).diagnostics, HasSubstr("\n" + usage));
    EXPECT_THAT(run_openbar({"translate", "--help"}).out, HasSubstr("\n\n" + usage + "\n"));
}

TEST(WrongWords, help_of_help_is_help) {
    for (const char* topic : {"help", "--help", "--version"}) {
        const Ran ran = run_openbar({"help", topic});
        EXPECT_EQ(ran.code, 0) << topic;
        EXPECT_EQ(ran.out, run_openbar({"--help"}).out);
    }
}

TEST(WrongKind, of_an_address_is_said_to_be_unknown_and_not_taken_for_a_pci_address) {
    const std::string unknown = run_openbar({"info", "foo:bar"}).diagnostics;
    EXPECT_THAT(unknown, StartsWith("openbar info: DEVICE: 'foo:' is not a kind of address\n"));
    EXPECT_THAT(run_openbar({"info", "SIM:edu"}).diagnostics,
                HasSubstr("hint: write it as sim:edu"));
    EXPECT_THAT(run_openbar({"info", "vfio_user:/x"}).diagnostics, HasSubstr("vfio-user:/x"));
    EXPECT_THAT(run_openbar({"info", "VFIO:03:00.0"}).diagnostics, HasSubstr("vfio:03:00.0"));
    EXPECT_THAT(run_openbar({"info", "sysfs:foo:bar"}).diagnostics, HasSubstr("'foo:'"));
    EXPECT_THAT(run_openbar({"info", "feed:0"}).diagnostics, HasSubstr("PCI address"));
    EXPECT_EQ(run_openbar({"info", "SIM:edu"}).code, 2);
}

TEST(WrongKind, of_parameter_is_refused_however_many_commas_there_are) {
    for (const char* address :
         {"sim:edu,", "sim:edu,,", "sim:edu,,,,", "sim:edu,,dma_time=1ms", "sim:edu,dma_time=1ms,"})
        EXPECT_EQ(run_openbar({"info", address}).code, 1) << address;
    EXPECT_EQ(run_openbar({"info", "sim:edu,dma_time=1ms"}).code, 0);
}

TEST(WrongBase, is_hinted_at_where_a_number_looks_like_it) {
    const Ran decimal = run_openbar({"ioctl", "decode", "222010"});
    EXPECT_EQ(decimal.code, 0);
    EXPECT_THAT(decimal.diagnostics, HasSubstr("hint: for a hexadecimal one write 0x222010"));
    EXPECT_THAT(run_openbar({"ioctl", "decode", "0x222010"}).diagnostics, IsEmpty());
    EXPECT_THAT(run_openbar({"ioctl", "decode", "22200c"}).diagnostics,
                HasSubstr("hint: for a hexadecimal number write 0x22200c"));
    EXPECT_THAT(run_openbar({"read", "sim:edu", "0", "fc"}).diagnostics, HasSubstr("0xfc"));
}

}  // namespace
}  // namespace openbar::cli
