// Every example of the program's help, of README.md and of docs/ is a command that can be typed: each
// is run here, on stand-ins of what it needs.
#include "base/failure.hpp"
#include "tests/unit/cli/run_openbar.hpp"
#include "tests/unit/device_tree/compile.hpp"
#include "tests/unit/support/stand_in_system.hpp"
#include "tests/unit/translation/elf_builder.hpp"
#include "tests/unit/translation/image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <wordexp.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace openbar::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Example {
    std::string command;  ///< without a prompt, sudo and the remark behind it
    std::string place;
};

/// What stands in front of a remark, a pipe or a redirection; nothing for a synopsis.
std::string command_of(std::string line) {
    for (const char* front : {"$ ", "sudo "})
        if (line.starts_with(front)) line.erase(0, std::string_view(front).size());
    if (!line.starts_with("openbar ")) return {};
    for (const char* end : {"  ", " # ", " | ", " > ", " && "})
        line.resize(std::min(line.find(end), line.size()));
    for (const char* placeholder :
         {" DEVICE", " MODEL", " PATH", " LANGUAGE", "[", "…", " ADDRESS", " COMMAND"})
        if (line.find(placeholder) != line.npos) return {};
    return line;
}

void gather(std::istream& text, bool markdown, const std::string& place,
            std::vector<Example>& examples) {
    bool inside = !markdown;
    int number = 0;
    for (std::string line; std::getline(text, line);) {
        ++number;
        if (markdown && line.starts_with("```")) inside = !inside;
        if (!markdown) line.erase(0, std::min<std::size_t>(2, line.size()));
        if (std::string command = command_of(line); inside && !command.empty())
            examples.push_back({std::move(command), place + ":" + std::to_string(number)});
    }
}

std::vector<Example> all_examples() {
    std::vector<Example> examples;
    const std::string overview = run_openbar({"--help"}).out;
    std::istringstream lines(overview.substr(overview.find("commands\n") + 9));
    for (std::string line; std::getline(lines, line) && line.starts_with("  ");) {
        const std::string name = line.substr(2, line.find(' ', 2) - 2);
        std::istringstream help(run_openbar({name, "--help"}).out);
        gather(help, false, "openbar " + name + " --help", examples);
    }
    const fs::path root = OPENBAR_SOURCE_FOLDER;
    std::vector<fs::path> files{root / "README.md"};
    for (const auto& entry : fs::directory_iterator(root / "docs"))
        if (entry.path().extension() == ".md") files.push_back(entry.path());
    for (const fs::path& path : files) {
        std::ifstream file(path);
        gather(file, true, path.lexically_relative(root).string(), examples);
    }
    return examples;
}

std::vector<std::string> words_of(const std::string& command) {
    wordexp_t expanded{};
    EXPECT_EQ(::wordexp(command.c_str(), &expanded, WRDE_NOCMD | WRDE_UNDEF), 0) << command;
    std::vector<std::string> words(expanded.we_wordv + 1, expanded.we_wordv + expanded.we_wordc);
    ::wordfree(&expanded);
    return words;
}

/// What a stand-in cannot give, by the words of the command and those of its error.
struct Lacking {
    const char* command;
    const char* error;
};
constexpr std::array lacking{
    Lacking{"openbar info vfio:00:04.0", "vfio"},
    Lacking{"openbar dma vfio:00:04.0", "vfio"},
    Lacking{"openbar dma 03:00.0", "gives a device no memory"},
    Lacking{"openbar irq 00:04.0", "interrupt"},
    Lacking{"openbar dump 00:04.0 rom", "rom"},
    Lacking{"openbar bind 03:00.0 vfio-pci", "vfio-pci"},
    Lacking{"openbar bind 00:04.0 vfio-pci", "vfio-pci"},
    Lacking{"openbar doctor", ""},
    Lacking{"openbar wait 00:05.0", ""},
    Lacking{"openbar ioctl send", "DeviceIoControl"},
    Lacking{"openbar read 00:05.0 bar0 0x20000", "do not lie within"},
    Lacking{"openbar inf --vendor 1234 --device 11e8 --name \"My card\" --drivers", "x64"},
};

class Examples : public ::testing::Test {
protected:
    Examples() {
        std::string name = (fs::temp_directory_path() / "openbar-examples-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) folder_ = name;
        fs::current_path(folder_);
        fs::create_directory("generated");
        add_cards();
        add_memory_files();
        add_trees();
    }
    ~Examples() override {
        fs::current_path(before_);
        fs::remove_all(folder_);
    }

    void add_cards() {
        system_.add_function({.address = "0000:00:04.0",
                              .vendor = 0x1234,
                              .device = 0x11e8,
                              .regions = {{.index = 0, .size = 0x100000}}});
        const std::string config = "/sys/bus/pci/devices/0000:00:04.0/config";
        system_.poke(config, 0x06, std::string("\x10\0", 2));
        system_.poke(config, 0x34, "\x40");
        system_.poke(config, 0x40, std::string("\x05\0\x80\0", 4));
        system_.add_function({.address = "0000:00:05.0",
                              .vendor = 0x8086,
                              .device = 0x100e,
                              .regions = {{.index = 0, .size = 0x20000}}});
        system_.add_function({.address = "0000:03:00.0", .vendor = 0x10ee, .device = 0x7024});
        system_.add_driver("vfio-pci");
        system_.add_driver("uio_pci_generic");
    }

    void write(const std::string& file, const std::vector<std::byte>& bytes) const {
        std::ofstream(folder_ / file, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    }

    void add_memory_files() const {
        openbar::testing::Image kernel(0x8000);  // 0xffffffff81000000 in a page of 2 MiB
        kernel.put64(0x1000, 511, 0x2003);
        kernel.put64(0x2000, 510, 0x3003);
        kernel.put64(0x3000, 8, 0x83);
        openbar::testing::ElfBuilder dump;
        dump.qemu_processor({.cr0 = 0x80000001, .cr3 = 0x1000, .cr4 = 0x20, .long_mode = true});
        dump.load(0, kernel.bytes());
        write("guest.dump", dump.build());
        openbar::testing::Image pae(0x200000);  // 0xc0100000 in a page of 2 MiB
        pae.put64(0x1b3000, 3, 0x1b4001);
        pae.put64(0x1b4000, 0, 0x83);
        for (const char* file : {"image", "image.raw"}) write(file, pae.bytes());
        std::ofstream(folder_ / "list.txt") << "0xffffffff81000000\n0x1000\n";
    }

    void add_trees() const {
        const auto board = openbar::testing::compile(R"(/ {
            #address-cells = <1>; #size-cells = <1>; aliases { serial0 = "/soc/serial@7e201000"; };
            soc { #address-cells = <1>; #size-cells = <1>; ranges;
                serial@7e201000 { reg = <0x7e201000 0x200>; }; };
            pl031@9010000 { reg = <0x9010000 0x1000>; }; };)");
        write("board.dtb", board);
        const fs::path cards = fs::path(OPENBAR_SOURCE_FOLDER) / "tests/documentation/surroundings";
        for (const char* name : {"card.svd", "vendor.svd", "my_card.svd"})
            fs::copy_file(cards / "card.svd", folder_ / name);
        system_.write("/sys/firmware/fdt",
                      {reinterpret_cast<const char*>(board.data()), board.size()});
        system_.write("/dev/mem", "");
        fs::resize_file(system_.path("/dev/mem"), 0x9020000);
    }

    void expect_to_work(const Example& example, std::vector<std::string> words) const {
        const Ran ran = run_openbar(words);
        EXPECT_NE(ran.code, 2) << example.place << ": " << example.command << "\n"
                               << ran.diagnostics;
        if (ran.code == 0) return;
        for (const Lacking& each : lacking)
            if (example.command.starts_with(each.command)) {
                EXPECT_THAT(ran.diagnostics, HasSubstr(each.error)) << example.place;
                return;
            }
        ADD_FAILURE() << example.place << ": " << example.command << "\n" << ran.diagnostics;
    }

    const fs::path before_ = fs::current_path();
    fs::path folder_;
    test::StandInSystem system_;
};

/// The words with what this test has in place of what the examples name.
std::vector<std::string> adapted(const std::string& command) {
    std::vector<std::string> words = words_of(command);
    for (std::string& word : words) {
        if (word == "1234" && command.find("--pid") != command.npos)
            word = std::to_string(::getpid());
        if (const std::size_t at = word.find("/tmp/"); at != word.npos)
            word.replace(at, 5, fs::current_path().string() + "/");
    }
    return words;
}

bool serves(const std::string& command) {
    return command.starts_with("openbar sim ") && command.find("--socket") != command.npos;
}

TEST_F(Examples, of_help_and_documents_can_be_typed) {
    const std::vector<Example> examples = all_examples();
    EXPECT_GT(examples.size(), 90u) << "they are no longer found";
    for (const Example& example : examples) {
        if (serves(example.command) || example.command.find("vfio-user:") != example.command.npos)
            continue;  // below
        std::error_code ignored;
        for (const char* made : {"my_card", "relays"}) fs::remove_all(made, ignored);
        expect_to_work(example, adapted(example.command));
    }
}

TEST_F(Examples, of_a_server_and_its_clients_can_be_typed) {
    const std::vector<Example> examples = all_examples();
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &stop, &before), 0);
    std::size_t servers = 0, clients = 0;
    for (const Example& server : examples) {
        if (!serves(server.command)) continue;
        ++servers;
        std::jthread running([&] { expect_to_work(server, adapted(server.command)); });
        const std::vector<std::string> server_words = adapted(server.command);
        const std::string socket = *(std::ranges::find(server_words, "--socket") + 1);
        for (int attempt = 0; attempt < 500 && !fs::exists(socket); ++attempt)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        for (const Example& client : examples) {
            const std::vector<std::string> words = adapted(client.command);
            if (std::ranges::find(words, "vfio-user:" + socket) == words.end()) continue;
            ++clients;
            expect_to_work(client, words);
        }
        ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
        running.join();
        // A server that did not start has left the signal to this program.
        const timespec at_once{};
        while (::sigtimedwait(&stop, nullptr, &at_once) > 0) continue;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    EXPECT_GE(servers, 2u);
    EXPECT_GE(clients, 2u);
}

TEST_F(Examples, of_registers_in_the_help_of_config_can_be_typed) {
    std::istringstream help(run_openbar({"config", "--help"}).out);
    std::size_t found = 0;
    for (std::string line; std::getline(help, line);) {
        for (const char* start : {"  command, ", "  CAP_MSI+2.W, ", "  CAP05+2.W, ", "  0x40, "}) {
            if (!line.starts_with(start)) continue;
            std::istringstream words(line.substr(2, line.find("  ", 2) - 2));
            for (std::string word; words >> word;) {
                if (word == "…") continue;
                if (word.ends_with(',')) word.pop_back();
                ++found;
                const Ran ran = run_openbar({"config", "00:04.0", word});
                if (word.starts_with("ECAP"))  // the stand-in has no extended capabilities
                    EXPECT_THAT(ran.diagnostics, HasSubstr("the device has no such capability"));
                else
                    EXPECT_EQ(ran.code, 0) << word << ": " << ran.diagnostics;
            }
        }
    }
    EXPECT_EQ(found, 10u);
}

}  // namespace
}  // namespace openbar::cli
