#include "openbar/device_tree.hpp"

#include "base/failure.hpp"
#include "base/system_root.hpp"
#include "device_tree/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace openbar {
namespace {

namespace fs = std::filesystem;
using device_tree::NodeIndex;
using device_tree::Tree;

Result<std::vector<std::byte>> read_whole(const fs::path& path) {
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    if (!stream)
        return system_failure(errno, path.string(),
                              errno == EACCES ? "run it as root, or give a .dtb file" : "");
    std::vector<std::byte> bytes;
    std::array<char, 65536> buffer;
    while (stream.read(buffer.data(), buffer.size()), stream.gcount() > 0) {
        const auto* start = reinterpret_cast<const std::byte*>(buffer.data());
        bytes.insert(bytes.end(), start, start + stream.gcount());
        if (bytes.size() > DeviceTree::largest_blob) break;  // the reader says why it refuses
    }
    if (stream.bad()) return system_failure(errno, path.string());
    return bytes;
}

std::string list_names(const Tree& tree, const std::vector<NodeIndex>& nodes) {
    constexpr std::size_t shown = 12;
    std::string names;
    for (std::size_t i = 0; i < std::min(shown, nodes.size()); ++i)
        names += (i == 0 ? "" : ", ") + printable(tree.nodes[nodes[i]].name);
    if (nodes.size() > shown) names += fmt::format(" and {} more", nodes.size() - shown);
    return names;
}

std::vector<NodeIndex> children_named(const Tree& tree, NodeIndex parent,
                                      std::string_view component) {
    std::vector<NodeIndex> exact;
    std::vector<NodeIndex> without_unit;
    for (const NodeIndex child : tree.nodes[parent].children) {
        const std::string_view name = tree.nodes[child].name;
        if (name == component) exact.push_back(child);
        if (name.substr(0, name.find('@')) == component) without_unit.push_back(child);
    }
    return exact.empty() ? without_unit : exact;
}

Result<NodeIndex> step(const Tree& tree, NodeIndex parent, std::string_view component) {
    const auto candidates = children_named(tree, parent, component);
    if (candidates.size() == 1) return candidates.front();
    if (!candidates.empty())
        return failure(ErrorCode::ambiguous,
                       fmt::format("{} nodes of {} have that name: {}", candidates.size(),
                                   tree.path_of(parent), list_names(tree, candidates)),
                       "give the unit address, the part after the @");
    const auto& children = tree.nodes[parent].children;
    return failure(ErrorCode::not_found,
                   fmt::format("{} has no node \"{}\"", tree.path_of(parent), printable(component)),
                   children.empty() ? "" : "it has " + list_names(tree, children));
}

Result<NodeIndex> walk(const Tree& tree, std::string_view path) {
    NodeIndex node = 0;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view component = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (component.empty()) continue;
        OPENBAR_TRY(next, step(tree, node, component));
        node = next;
    }
    return node;
}

/// The path that property `name` of the node `/table` gives: an alias or a symbol.
Result<std::string> look_up(const Tree& tree, std::string_view table, std::string_view name) {
    std::string known;
    for (const NodeIndex child : tree.nodes[0].children) {
        if (tree.nodes[child].name != table) continue;
        for (const auto& property : tree.nodes[child].properties) {
            const auto strings = device_tree::to_strings(property.value);
            if (!strings || strings->size() != 1 || !strings->front().starts_with('/')) continue;
            if (property.name == name) return strings->front();
            if (known.size() < 200) known += (known.empty() ? "" : ", ") + printable(property.name);
        }
    }
    return failure(ErrorCode::not_found,
                   fmt::format("there is no {} \"{}\"", table == "aliases" ? "alias" : "label",
                               printable(name)),
                   known.empty() ? "give the full path, from / on" : "there is " + known);
}

Result<std::string> full_path(const Tree& tree, std::string_view path) {
    if (path.empty())
        return failure(ErrorCode::invalid_argument, "the path is empty",
                       "give a path such as /soc/serial@7e201000, or / for the root");
    if (path.starts_with('/')) return std::string(path);
    const bool label = path.starts_with('&');
    if (label) path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    OPENBAR_TRY(start, look_up(tree, label ? "__symbols__" : "aliases", path.substr(0, end)));
    start.append(path.substr(end));
    return start;
}

Result<Tree> read(const fs::path& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        OPENBAR_TRY(bytes, read_whole(path));
        return device_tree::read_blob(bytes, path.string());
    }
    if (!fs::exists(path / "compatible", error) && !fs::exists(path / "#address-cells", error))
        return failure(ErrorCode::protocol,
                       "this directory is no device tree: it has neither a file \"compatible\" "
                       "nor \"#address-cells\"",
                       "give a .dtb file, or a directory such as /proc/device-tree");
    return device_tree::read_directory(path);
}

/// Where the kernel shows its tree.
Result<fs::path> find_live_tree() {
    std::error_code error;
    for (const char* directory : {"/proc/device-tree", "/sys/firmware/devicetree/base"})
        if (fs::path path = system_path(directory); fs::is_directory(path, error)) return path;
    if (fs::path blob = system_path("/sys/firmware/fdt"); fs::exists(blob, error)) return blob;
    return failure(ErrorCode::unsupported,
                   "it has none: neither /proc/device-tree nor /sys/firmware/fdt is there",
                   "PCs describe themselves by ACPI instead; a .dtb file of a board is read with "
                   "openbar tree --dtb FILE, or DeviceTree::from_file");
}

std::shared_ptr<const Tree> shared(Tree tree) {
    return std::make_shared<const Tree>(std::move(tree));
}

}  // namespace

Result<DeviceTree> DeviceTree::live() {
    OPENBAR_TRY(path,
                find_live_tree().attempting([] { return "read the device tree of this system"; }));
    std::error_code error;
    if (!fs::is_directory(path, error)) return from_file(path);
    return device_tree::read_directory(path)
        .transform([](Tree tree) { return DeviceTree(shared(std::move(tree))); })
        .attempting([&] { return "read " + path.string(); });
}

Result<DeviceTree> DeviceTree::from_file(const fs::path& path) {
    return read(path)
        .transform([](Tree tree) { return DeviceTree(shared(std::move(tree))); })
        .attempting([&] { return "read " + path.string(); });
}

Result<DeviceTree> DeviceTree::from_blob(std::span<const std::byte> blob, std::string_view origin) {
    return device_tree::read_blob(blob, origin)
        .transform([](Tree tree) { return DeviceTree(shared(std::move(tree))); })
        .attempting([&] { return fmt::format("read {}", origin); });
}

const std::string& DeviceTree::origin() const noexcept {
    return tree_->origin;
}

DeviceTreeNode DeviceTree::root() const {
    return {tree_, 0};
}

Result<DeviceTreeNode> DeviceTree::find(std::string_view path) const {
    return full_path(*tree_, path)
        .and_then([&](const std::string& absolute) { return walk(*tree_, absolute); })
        .transform([&](NodeIndex node) { return DeviceTreeNode(tree_, node); })
        .attempting([&] { return fmt::format("find {} in {}", printable(path), tree_->origin); });
}

Result<DeviceTreeNode> DeviceTree::with_phandle(std::uint32_t phandle) const {
    return tree_->with_phandle(phandle)
        .transform([&](NodeIndex node) { return DeviceTreeNode(tree_, node); })
        .attempting(
            [&] { return fmt::format("follow phandle {:#x} in {}", phandle, tree_->origin); });
}

std::vector<DeviceTreeNode> DeviceTree::compatible_with(std::string_view model) const {
    std::vector<DeviceTreeNode> nodes;
    for (NodeIndex index = 0; index < tree_->nodes.size(); ++index)
        if (DeviceTreeNode node(tree_, index); node.is_compatible(model)) nodes.push_back(node);
    return nodes;
}

std::vector<DeviceTree::Alias> DeviceTree::aliases() const {
    std::vector<Alias> aliases;
    for (const NodeIndex child : tree_->nodes[0].children) {
        if (tree_->nodes[child].name != "aliases") continue;
        for (const auto& property : tree_->nodes[child].properties) {
            const auto strings = device_tree::to_strings(property.value);
            if (strings && strings->size() == 1 && strings->front().starts_with('/'))
                aliases.push_back({property.name, strings->front()});
        }
    }
    return aliases;
}

}  // namespace openbar
