#include "compile.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace openbar::testing {
namespace {

namespace fs = std::filesystem;

/// A directory of this test's own, gone with it.
class ScratchDirectory {
public:
    ScratchDirectory() {
        std::string name = (fs::temp_directory_path() / "openbar-dtc-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~ScratchDirectory() { fs::remove_all(path_); }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

}  // namespace

std::vector<std::byte> compile(std::string_view source, const std::vector<std::string>& options) {
    const ScratchDirectory scratch;
    const fs::path in = scratch.path() / "board.dts";
    const fs::path out = scratch.path() / "board.dtb";
    std::ofstream(in) << "/dts-v1/;\n" << source;
    std::string command = "dtc -q -q -q -f -I dts -O dtb -o " + out.string();
    for (const auto& option : options) command += " " + option;
    command += " " + in.string() + " 2>" + (scratch.path() / "log").string();
    const int status = std::system(command.c_str());
    std::ifstream stream(out, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_FALSE(bytes.empty()) << "dtc (exit " << status << ") could not compile:\n" << source;
    const auto* start = reinterpret_cast<const std::byte*>(bytes.data());
    return {start, start + bytes.size()};
}

DeviceTree tree_of(std::string_view source) {
    auto tree = DeviceTree::from_blob(compile(source), "board.dtb");
    if (!tree) {
        ADD_FAILURE() << tree.error().message();
        std::abort();
    }
    return *tree;
}

std::vector<PhysicalRange> physical_ranges(const DeviceTree& tree, std::string_view path) {
    const auto node = tree.find(path);
    if (!node) {
        ADD_FAILURE() << node.error().message();
        return {};
    }
    const auto blocks = node->registers();
    if (!blocks) {
        ADD_FAILURE() << blocks.error().message();
        return {};
    }
    std::vector<PhysicalRange> ranges;
    for (const auto& block : *blocks)
        ranges.push_back(block.physical.value_or(PhysicalRange{
            block.physical ? 0 : static_cast<std::uint64_t>(block.physical.error().code), 0}));
    return ranges;
}

}  // namespace openbar::testing
