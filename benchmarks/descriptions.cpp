// Reading register descriptions against what pugixml alone takes to parse the same files, both from
// the disk. Without arguments: one CMSIS-SVD file of 20 MB that is made here, of the kind that vendors
// have; with --folder PATH all .svd and .xml files below it.
//
// The plain way is pugixml as everybody calls it, with its default options. Times are the processor's,
// so that other programs matter little.
#include "openbar/description.hpp"

#include "comparison.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Files = std::vector<std::filesystem::path>;

std::string field(int number) {
    const std::string n = std::to_string(number);
    std::string text = "            <field>\n              <name>FIELD" + n +
                       "</name>\n              <description>What field " + n +
                       " of the register is for</description>\n              <bitOffset>" +
                       std::to_string(number * 4) +
                       "</bitOffset>\n              <bitWidth>4</bitWidth>\n"
                       "              <access>read-write</access>\n";
    // As many values as fields altogether, as in vendors' files.
    if (number != 0) return text + "            </field>\n";
    text += "              <enumeratedValues>\n";
    for (int value = 0; value < 5; ++value)
        text += "                <enumeratedValue>\n                  <name>VALUE" +
                std::to_string(value) +
                "</name>\n                  <description>What it means</description>\n"
                "                  <value>" +
                std::to_string(value) + "</value>\n                </enumeratedValue>\n";
    return text + "              </enumeratedValues>\n            </field>\n";
}

void write_large_file(const std::filesystem::path& path) {
    std::ofstream out(path);
    out << "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<device>\n  <name>LARGE</name>\n"
           "  <size>32</size>\n  <resetValue>0</resetValue>\n  <peripherals>\n";
    for (int peripheral = 0; peripheral < 90; ++peripheral) {
        out << "    <peripheral>\n      <name>BLOCK" << peripheral << "</name>\n      <baseAddress>"
            << 0x40000000 + peripheral * 0x1000 << "</baseAddress>\n      <registers>\n";
        for (int index = 0; index < 100; ++index) {
            out << "        <register>\n          <name>REGISTER" << index
                << "</name>\n          <description>What register " << index
                << " is for</description>\n          <addressOffset>" << index * 4
                << "</addressOffset>\n          <access>read-write</access>\n          <fields>\n";
            for (int number = 0; number < 5; ++number) out << field(number);
            out << "          </fields>\n        </register>\n";
        }
        out << "      </registers>\n    </peripheral>\n";
    }
    out << "  </peripherals>\n</device>\n";
}

void parse_plainly(const Files& files) {
    for (const auto& file : files) {
        pugi::xml_document document;
        if (!document.load_file(file.c_str())) std::exit(1);
    }
}

void read_described(const Files& files) {
    for (const auto& file : files)
        if (const auto card = openbar::Description::read(file); !card) {
            std::fprintf(stderr, "%s\n", card.error().message().c_str());
            std::exit(1);
        }
}

template <typename Work>
double processor_time(const Work& work) {
    const std::clock_t start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) * (1e9 / CLOCKS_PER_SEC);
}

Files files_below(const std::filesystem::path& folder) {
    Files files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".svd" || entry.path().extension() == ".xml")
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

}  // namespace

int main(int count, char** arguments) {
    bool json = false;
    std::string folder;
    for (int i = 1; i < count; ++i) {
        if (std::string_view(arguments[i]) == "--json") json = true;
        if (std::string_view(arguments[i]) == "--folder" && i + 1 < count) folder = arguments[++i];
    }
    const auto large =
        std::filesystem::temp_directory_path() / "openbar_descriptions_benchmark.svd";
    Files files{large};
    if (folder.empty())
        write_large_file(large);
    else
        files = files_below(folder);
    const auto result = openbar::benchmark::compare_times(
        folder.empty() ? "read one large CMSIS-SVD file" : "read all files of the folder", 1,
        [&] { return processor_time([&] { parse_plainly(files); }); },
        [&] { return processor_time([&] { read_described(files); }); }, folder.empty() ? 15 : 3);
    openbar::benchmark::print(std::span(&result, 1), json);
    if (folder.empty()) std::filesystem::remove(large);
}
