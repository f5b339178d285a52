#include "device_tree/tree.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::device_tree {

NodeIndex Tree::add_node(NodeIndex parent, std::string_view name) {
    const auto index = static_cast<NodeIndex>(nodes.size());
    nodes.push_back({.name = std::string(name), .parent = parent});
    if (parent != no_node) nodes[parent].children.push_back(index);
    return index;
}

void Tree::index_phandles() {
    for (NodeIndex node = 0; node < nodes.size(); ++node) {
        auto phandle = cell(node, "phandle");
        if (!phandle) phandle = cell(node, "linux,phandle");  // before release 0.1 of the standard
        if (!phandle || *phandle == 0 || *phandle == UINT32_MAX) continue;
        const auto [entry, added] = phandles.try_emplace(*phandle, node);
        if (!added) entry->second = no_node;
    }
}

std::string Tree::path_of(NodeIndex node) const {
    std::string path;
    for (; node != no_node && nodes[node].parent != no_node; node = nodes[node].parent)
        path.insert(0, "/" + printable(nodes[node].name));
    return path.empty() ? "/" : path;
}

std::size_t Tree::depth_of(NodeIndex node) const {
    std::size_t depth = 0;
    while ((node = nodes[node].parent) != no_node) ++depth;
    return depth;
}

const Property* Tree::property(NodeIndex node, std::string_view name) const {
    const auto& properties = nodes[node].properties;
    const auto found = std::ranges::find(properties, name, &Property::name);
    return found == properties.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> Tree::cell(NodeIndex node, std::string_view name) const {
    const Property* found = property(node, name);
    if (found == nullptr || found->value.size() != 4) return std::nullopt;
    return to_cells(found->value).front();
}

Result<NodeIndex> Tree::with_phandle(std::uint32_t phandle) const {
    const auto found = phandles.find(phandle);
    if (found == phandles.end()) return failure(ErrorCode::not_found, "no node has this phandle");
    if (found->second == no_node)
        return failure(ErrorCode::protocol, "several nodes claim this phandle",
                       "compile the tree again with dtc, which numbers phandles itself");
    return found->second;
}

std::vector<std::uint32_t> to_cells(std::span<const std::byte> value) {
    std::vector<std::uint32_t> cells;
    for (; value.size() >= 4; value = value.subspan(4)) {
        std::uint32_t cell = 0;
        for (const std::byte byte : value.first(4))
            cell = (cell << 8U) | std::to_integer<std::uint32_t>(byte);
        cells.push_back(cell);
    }
    return cells;
}

std::optional<std::vector<std::string>> to_strings(std::span<const std::byte> value) {
    if (!value.empty() && value.back() != std::byte{0}) return std::nullopt;
    std::vector<std::string> strings;
    while (!value.empty()) {
        const auto end = std::ranges::find(value, std::byte{0});
        const auto length = static_cast<std::size_t>(end - value.begin());
        strings.emplace_back(reinterpret_cast<const char*>(value.data()), length);
        value = value.subspan(length + 1);
    }
    return strings;
}

}  // namespace openbar::device_tree
