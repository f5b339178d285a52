#include "openbar/device_tree.hpp"

#include "compile.hpp"
#include "device_tree/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace openbar {
namespace {

namespace fs = std::filesystem;
using testing::compile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::tree_of;

constexpr std::string_view board = R"(/ { #address-cells = <1>; #size-cells = <1>;
    compatible = "acme,board", "acme,family"; model = "Acme";
    aliases { serial0 = "/soc/serial@1000"; bad = <1 2 3>; };
    soc { #address-cells = <1>; #size-cells = <1>; ranges;
        uart: serial@1000 { reg = <0x1000 0x100>; compatible = "arm,pl011", "arm,primecell";
            child { }; };
        serial@2000 { reg = <0x2000 0x100>; status = "disabled"; };
        timer@3000 { reg = <0x3000 0x100>; status = "fail-sss"; }; }; };)";

std::string found_path(const DeviceTree& tree, std::string_view path) {
    const auto node = tree.find(path);
    return node ? node->path() : node.error().message();
}

ErrorCode code_of(const DeviceTree& tree, std::string_view path) {
    const auto node = tree.find(path);
    EXPECT_FALSE(node) << path << " was found";
    return node ? ErrorCode::io : node.error().code;
}

TEST(DeviceTree, nodes_are_found_by_path_alias_and_label) {
    const auto blob = compile(board, {"-@"});
    const auto tree = DeviceTree::from_blob(blob).value();
    EXPECT_EQ(found_path(tree, "/"), "/");
    EXPECT_EQ(found_path(tree, "/soc/serial@1000"), "/soc/serial@1000");
    EXPECT_EQ(found_path(tree, "//soc//timer@3000/"), "/soc/timer@3000");
    EXPECT_EQ(found_path(tree, "serial0"), "/soc/serial@1000");
    EXPECT_EQ(found_path(tree, "serial0/child"), "/soc/serial@1000/child");
    EXPECT_EQ(found_path(tree, "&uart"), "/soc/serial@1000");
    EXPECT_EQ(found_path(tree, "/soc/timer"), "/soc/timer@3000");
}

TEST(DeviceTree, what_is_not_there_is_answered_with_what_is) {
    const auto tree = tree_of(board);
    EXPECT_EQ(code_of(tree, ""), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(tree, "/soc/serial"), ErrorCode::ambiguous);
    EXPECT_EQ(code_of(tree, "&uart"), ErrorCode::not_found);
    EXPECT_THAT(found_path(tree, "/soc/nothing"),
                HasSubstr("it has serial@1000, serial@2000, timer@3000"));
    EXPECT_THAT(found_path(tree, "serial7"), HasSubstr("there is serial0"));
}

TEST(DeviceTree, properties_are_read_as_what_they_are) {
    const auto tree = tree_of(board);
    const auto uart = tree.find("serial0").value();
    EXPECT_THAT(uart.compatible(), ElementsAre("arm,pl011", "arm,primecell"));
    EXPECT_TRUE(uart.is_compatible("arm,primecell"));
    EXPECT_FALSE(uart.is_compatible("arm"));
    EXPECT_THAT(uart.cells("reg").value(), ElementsAre(0x1000, 0x100));
    EXPECT_EQ(tree.find("/aliases").value().strings("bad").error().code, ErrorCode::protocol);
    EXPECT_EQ(uart.cells("nothing").error().code, ErrorCode::not_found);
    EXPECT_EQ(tree.root().cells("model").error().code, ErrorCode::protocol);
    EXPECT_THAT(uart.property_names(), ElementsAre("reg", "compatible"));
    EXPECT_EQ(uart.parent()->path(), "/soc");
    EXPECT_EQ(uart.children().at(0).name(), "child");
    EXPECT_FALSE(tree.root().parent());
}

TEST(DeviceTree, status_is_okay_unless_said_otherwise) {
    const auto tree = tree_of(board);
    EXPECT_EQ(tree.find("/soc/serial@1000").value().status(), DeviceTreeStatus::okay);
    EXPECT_EQ(tree.find("/soc/serial@2000").value().status(), DeviceTreeStatus::disabled);
    EXPECT_EQ(tree.find("/soc/timer").value().status(), DeviceTreeStatus::fail);
}

TEST(DeviceTree, compatible_nodes_come_in_the_order_of_the_tree) {
    const auto nodes = tree_of(board).compatible_with("arm,pl011");
    ASSERT_EQ(nodes.size(), 1U);
    EXPECT_EQ(nodes.front().path(), "/soc/serial@1000");
}

TEST(DeviceTree, aliases_list_what_leads_to_a_path) {
    const auto aliases = tree_of(board).aliases();
    ASSERT_EQ(aliases.size(), 1U);
    EXPECT_EQ(aliases.front().name, "serial0");
    EXPECT_EQ(aliases.front().path, "/soc/serial@1000");
}

TEST(DeviceTree, a_node_outlives_its_tree) {
    const auto node = [] { return tree_of(board).find("serial0").value(); }();
    EXPECT_EQ(node.path(), "/soc/serial@1000");
}

TEST(DeviceTree, a_peripheral_resolves_to_its_registers) {
    const auto peripheral = resolve_peripheral(tree_of(board), "serial0");
    ASSERT_TRUE(peripheral) << peripheral.error().message();
    EXPECT_EQ(peripheral->path, "/soc/serial@1000");
    EXPECT_EQ(peripheral->registers.at(0).physical.value(), (PhysicalRange{0x1000, 0x100}));
}

TEST(DeviceTree, a_peripheral_of_any_status_but_okay_is_not_opened) {
    for (const char* status : {"fail", "failed", "fail-sss", "reserved", "disable", ""}) {
        const auto tree = tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
            dev@1000 { reg = <0x1000 0x10>; status = ")" +
                                  std::string(status) + R"("; }; };)");
        const auto peripheral = resolve_peripheral(tree, "/dev");
        ASSERT_FALSE(peripheral) << status;
        EXPECT_EQ(peripheral.error().code, ErrorCode::disabled);
        EXPECT_THAT(peripheral.error().cause,
                    ::testing::HasSubstr("\"" + std::string(status) + "\""));
    }
    EXPECT_TRUE(resolve_peripheral(tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
        dev@1000 { reg = <0x1000 0x10>; status = "ok"; }; };)"),
                                   "/dev"));
}

TEST(DeviceTree, a_disabled_peripheral_is_not_opened) {
    const auto peripheral = resolve_peripheral(tree_of(board), "/soc/serial@2000");
    ASSERT_FALSE(peripheral);
    EXPECT_EQ(peripheral.error().code, ErrorCode::disabled);
}

/// A directory as the kernel shows a tree, and beside it a UIO device bound to one of its nodes.
class DirectoryTree : public ::testing::Test {
protected:
    DirectoryTree() {
        std::string name = (fs::temp_directory_path() / "openbar-tree-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) sys_ = name;
        put("#address-cells", std::string("\0\0\0\1", 4));
        put("#size-cells", std::string("\0\0\0\1", 4));
        put("soc/ranges", "");
        put("soc/#address-cells", std::string("\0\0\0\1", 4));
        put("soc/clock@40/reg", std::string("\0\0\0\x40\0\0\0\x10", 8));
        fs::create_directories(sys_ / "devices/clock");
        fs::create_directories(sys_ / "class/uio");
        fs::create_directory_symlink(base() / "soc/clock@40", sys_ / "devices/clock/of_node");
        fs::create_directories(sys_ / "class/uio/uio3");
        fs::create_directory_symlink(sys_ / "devices/clock", sys_ / "class/uio/uio3/device");
    }
    ~DirectoryTree() override { fs::remove_all(sys_); }

    [[nodiscard]] fs::path base() const { return sys_ / "firmware/devicetree/base"; }
    void put(const std::string& file, const std::string& value) const {
        fs::create_directories((base() / file).parent_path());
        std::ofstream(base() / file, std::ios::binary) << value;
    }

    fs::path sys_;
};

TEST_F(DirectoryTree, reads_like_a_blob) {
    const auto tree = DeviceTree::from_file(base());
    ASSERT_TRUE(tree) << tree.error().message();
    EXPECT_THAT(testing::physical_ranges(*tree, "/soc/clock"),
                ElementsAre(PhysicalRange{0x40, 0x10}));
}

TEST_F(DirectoryTree, symbolic_links_in_it_are_not_followed) {
    fs::create_directory_symlink(base(), base() / "soc/again");
    const auto tree = DeviceTree::from_file(base());
    ASSERT_TRUE(tree) << tree.error().message();
    EXPECT_EQ(tree->find("/soc").value().children().size(), 1U);
}

TEST_F(DirectoryTree, the_uio_device_of_a_node_is_found) {
    EXPECT_EQ(device_tree::uio_bound_to("/soc/clock@40", sys_), "uio3");
    EXPECT_EQ(device_tree::uio_bound_to("/soc", sys_), "");
}

TEST_F(DirectoryTree, a_directory_of_something_else_is_refused) {
    const auto tree = DeviceTree::from_file(sys_);
    ASSERT_FALSE(tree);
    EXPECT_THAT(tree.error().message(), HasSubstr("is no device tree"));
}

}  // namespace
}  // namespace openbar
