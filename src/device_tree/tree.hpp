/// A device tree in memory, as every reader leaves it and every query finds it.
///
///     Tree tree{.origin = "board.dtb"};
///     const NodeIndex root = tree.add_node(no_node, "");
///     tree.nodes[root].properties.push_back({"#address-cells", {…}});
///
/// Nodes stand in the order of the tree, a parent before its children.
#pragma once

#include "openbar/device_tree.hpp"

#include "base/printable.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace openbar::device_tree {

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex no_node = UINT32_MAX;

struct Property {
    std::string name;
    std::vector<std::byte> value;
};

struct Node {
    std::string name;
    NodeIndex parent = no_node;
    std::vector<NodeIndex> children{};
    std::vector<Property> properties{};
};

struct Tree {
    std::string origin;
    std::vector<Node> nodes{};
    /// A phandle that several nodes claim is `no_node` here: it leads nowhere safely.
    std::unordered_map<std::uint32_t, NodeIndex> phandles{};

    NodeIndex add_node(NodeIndex parent, std::string_view name);
    void index_phandles();

    [[nodiscard]] std::string path_of(NodeIndex node) const;
    [[nodiscard]] std::size_t depth_of(NodeIndex node) const;
    [[nodiscard]] const Property* property(NodeIndex node, std::string_view name) const;
    /// A property of exactly one cell; nothing where it is missing or of another size.
    [[nodiscard]] std::optional<std::uint32_t> cell(NodeIndex node, std::string_view name) const;
    [[nodiscard]] Result<NodeIndex> with_phandle(std::uint32_t phandle) const;
};

/// The cells of a property whose size is a multiple of four; a rest is left out.
std::vector<std::uint32_t> to_cells(std::span<const std::byte> value);

/// The strings of a string list; nothing where its last string does not end.
std::optional<std::vector<std::string>> to_strings(std::span<const std::byte> value);

Result<Tree> read_blob(std::span<const std::byte> blob, std::string_view origin);
Result<Tree> read_directory(const std::filesystem::path& directory);

Result<std::vector<PeripheralRegisters>> registers_of(const Tree& tree, NodeIndex node);
Result<std::vector<InterruptSpecifier>> interrupts_of(const Tree& tree, NodeIndex node);

/// The name of the UIO device bound to the node at `path` ("uio0"), or nothing.
/// `sys` is where /sys is.
std::string uio_bound_to(std::string_view path, const std::filesystem::path& sys);

}  // namespace openbar::device_tree
