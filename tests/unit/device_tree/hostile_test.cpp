// Blobs that are truncated, corrupted or built to do harm.
#include "openbar/device_tree.hpp"

#include "compile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>

namespace openbar {
namespace {

using testing::compile;
using ::testing::HasSubstr;

constexpr std::string_view small_board = R"(/ { #address-cells = <1>; #size-cells = <1>;
    interrupt-parent = <&intc>;
    intc: intc { #interrupt-cells = <1>; };
    soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0xe0000000 0x10000>;
        dev@1000 { reg = <0x1000 0x100>; interrupts = <5>; compatible = "acme,dev"; }; }; };)";

/// Asks a tree everything there is to ask; whatever the answers, there must be answers.
std::size_t ask_everything(const DeviceTreeNode& node) {
    std::size_t answers = node.path().size() + node.compatible().size();
    if (const auto blocks = node.registers()) answers += blocks->size();
    if (const auto interrupts = node.interrupts()) answers += interrupts->size();
    for (const auto& child : node.children()) answers += ask_everything(child);
    return answers;
}

void put_cell(std::vector<std::byte>& blob, std::size_t offset, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) blob.at(offset++) = std::byte(value >> shift);
}

Error error_of(std::span<const std::byte> blob) {
    const auto tree = DeviceTree::from_blob(blob, "hostile.dtb");
    EXPECT_FALSE(tree) << "it was read";
    return tree ? Error{} : tree.error();
}

TEST(HostileDeviceTree, every_truncation_is_an_error) {
    const auto blob = compile(small_board);
    for (std::size_t length = 0; length < blob.size(); ++length) {
        const Error error = error_of(std::span(blob).first(length));
        ASSERT_EQ(error.code, ErrorCode::protocol) << length;
        ASSERT_THAT(error.message(), HasSubstr("hostile.dtb")) << length;
    }
}

TEST(HostileDeviceTree, another_file_is_named_as_such) {
    const std::string text(100, 'x');
    const Error error = error_of(std::as_bytes(std::span(text)));
    EXPECT_THAT(error.message(), HasSubstr("no device tree"));
}

TEST(HostileDeviceTree, any_corrupted_bytes_give_a_tree_or_an_error) {
    const auto blob = compile(small_board);
    std::mt19937 random(6);
    std::size_t read = 0;
    for (int round = 0; round < 20000; ++round) {
        auto hostile = blob;
        for (std::uint32_t change = 0; change <= random() % 4; ++change)
            hostile[random() % hostile.size()] = std::byte(random());
        const auto tree = DeviceTree::from_blob(hostile);
        if (tree) read += ask_everything(tree->root()) != 0 ? 1 : 0;
    }
    EXPECT_GT(read, 100U) << "the changes never left a tree to ask";
}

TEST(HostileDeviceTree, lengths_that_make_sums_wrap_are_an_error) {
    auto blob = compile("/ { marked = <0x11223344>; };");
    const std::byte mark[] = {std::byte{0x11}, std::byte{0x22}, std::byte{0x33}, std::byte{0x44}};
    const auto value = std::ranges::search(blob, mark).begin() - blob.begin();
    for (const std::uint32_t length :
         {0xffffffffU, 0xfffffff8U, 0xfffffff0U, 0x80000000U, 0x7fffffffU}) {
        put_cell(blob, static_cast<std::size_t>(value) - 8, length);
        EXPECT_EQ(error_of(blob).code, ErrorCode::protocol) << std::hex << length;
    }
}

TEST(HostileDeviceTree, nodes_without_a_name_are_an_error) {
    auto blob = compile("/ { a { }; };");
    const std::byte begin_a[] = {std::byte{1}, std::byte{'a'}};
    const auto name = std::ranges::search(blob, begin_a).begin() - blob.begin() + 1;
    blob.at(static_cast<std::size_t>(name)) = std::byte{0};
    EXPECT_THAT(error_of(blob).cause, HasSubstr("no name"));
}

TEST(HostileDeviceTree, nesting_without_end_is_refused) {
    const auto nested = [](std::size_t depth) {
        std::string source = "/ {";
        for (std::size_t i = 0; i < depth; ++i) source += "n {";
        for (std::size_t i = 0; i <= depth; ++i) source += "};";
        return compile(source);
    };
    EXPECT_TRUE(DeviceTree::from_blob(nested(DeviceTree::deepest_nesting)));
    EXPECT_THAT(error_of(nested(DeviceTree::deepest_nesting + 1)).cause, HasSubstr("deeper"));
}

TEST(HostileDeviceTree, terminal_codes_in_names_are_not_passed_on) {
    auto blob = compile("/ { evil-name { child { }; }; };");
    const std::string_view text(reinterpret_cast<const char*>(blob.data()), blob.size());
    blob.at(text.find("evil-name")) = std::byte{0x1b};
    const auto tree = DeviceTree::from_blob(blob).value();
    const auto node = tree.root().children().at(0);
    EXPECT_EQ(node.path(), "/\\x1bvil-name");
    EXPECT_THAT(tree.find("/x").error().message(), HasSubstr("\\x1bvil-name"));
}

TEST(HostileDeviceTree, two_nodes_of_one_name_are_ambiguous) {
    auto blob = compile("/ { aa { }; ab { }; };");
    const std::string_view text(reinterpret_cast<const char*>(blob.data()), blob.size());
    blob.at(text.find("ab") + 1) = std::byte{'a'};
    const auto tree = DeviceTree::from_blob(blob).value();
    EXPECT_EQ(tree.find("/aa").error().code, ErrorCode::ambiguous);
}

TEST(HostileDeviceTree, a_long_shared_name_does_not_multiply) {
    // 200,000 properties that all point at one unending name: quadratic for a naive reader.
    constexpr std::uint32_t properties = 200'000;
    constexpr std::uint32_t reserved = 40;
    constexpr std::uint32_t structure = reserved + 16;
    constexpr std::uint32_t structure_size = 8 + 12 * properties + 8;
    constexpr std::uint32_t strings_size = 1U << 20;
    std::vector<std::byte> blob(structure + structure_size + strings_size, std::byte{'a'});
    const std::uint32_t header[] = {0xd00dfeed,   static_cast<std::uint32_t>(blob.size()),
                                    structure,    structure + structure_size,
                                    reserved,     17,
                                    16,           0,
                                    strings_size, structure_size};
    for (std::size_t i = 0; i < std::size(header); ++i) put_cell(blob, 4 * i, header[i]);
    for (std::uint32_t i = reserved; i < structure; i += 4) put_cell(blob, i, 0);
    std::size_t at = structure;
    const auto put = [&](std::uint32_t cell) { put_cell(blob, at, cell), at += 4; };
    put(1), put(0);
    for (std::uint32_t i = 0; i < properties; ++i) put(3), put(0), put(0);
    put(2), put(9);
    blob.back() = std::byte{0};
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THAT(error_of(blob).cause, HasSubstr("name of a property"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(HostileDeviceTree, a_blob_beyond_the_limit_is_refused) {
    const std::vector<std::byte> blob(DeviceTree::largest_blob + 1);
    EXPECT_EQ(error_of(blob).code, ErrorCode::resource_exhausted);
}

}  // namespace
}  // namespace openbar
