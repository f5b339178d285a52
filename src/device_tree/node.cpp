#include "openbar/device_tree.hpp"

#include "base/failure.hpp"
#include "device_tree/tree.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar {
namespace {

using Value = std::optional<std::span<const std::byte>>;

Error missing() {
    return failure(ErrorCode::not_found, "the node has no such property");
}

Result<std::vector<std::string>> read_strings(Value value) {
    if (!value) return missing();
    auto strings = device_tree::to_strings(*value);
    if (!strings)
        return failure(ErrorCode::protocol, "it is not a list of strings: its last byte is not 0");
    return std::move(*strings);
}

Result<std::vector<std::uint32_t>> read_cells(Value value) {
    if (!value) return missing();
    if (value->size() % 4 != 0)
        return failure(ErrorCode::protocol,
                       fmt::format("it is not a list of cells: {} bytes are not a multiple of 4",
                                   value->size()));
    return device_tree::to_cells(*value);
}

std::string describe(const DeviceTreeNode& node, std::string_view property) {
    return fmt::format("read `{}` of {}", printable(property), node.path());
}

}  // namespace

std::string_view to_string(DeviceTreeStatus status) noexcept {
    switch (status) {
        case DeviceTreeStatus::okay: return "okay";
        case DeviceTreeStatus::disabled: return "disabled";
        case DeviceTreeStatus::reserved: return "reserved";
        case DeviceTreeStatus::fail: return "fail";
        case DeviceTreeStatus::other: return "other";
    }
    return "other";
}

std::string_view DeviceTreeNode::name() const noexcept {
    return tree_->nodes[index_].name;
}

std::string DeviceTreeNode::path() const {
    return tree_->path_of(index_);
}

std::optional<DeviceTreeNode> DeviceTreeNode::parent() const {
    const auto parent = tree_->nodes[index_].parent;
    if (parent == device_tree::no_node) return std::nullopt;
    return DeviceTreeNode(tree_, parent);
}

std::vector<DeviceTreeNode> DeviceTreeNode::children() const {
    std::vector<DeviceTreeNode> children;
    for (const auto child : tree_->nodes[index_].children)
        children.push_back(DeviceTreeNode(tree_, child));
    return children;
}

std::vector<std::string_view> DeviceTreeNode::property_names() const {
    std::vector<std::string_view> names;
    for (const auto& property : tree_->nodes[index_].properties) names.push_back(property.name);
    return names;
}

std::optional<std::span<const std::byte>> DeviceTreeNode::property(std::string_view name) const {
    const auto* found = tree_->property(index_, name);
    if (found == nullptr) return std::nullopt;
    return std::span<const std::byte>(found->value);
}

Result<std::vector<std::string>> DeviceTreeNode::strings(std::string_view name) const {
    return read_strings(property(name)).attempting([&] { return describe(*this, name); });
}

Result<std::vector<std::uint32_t>> DeviceTreeNode::cells(std::string_view name) const {
    return read_cells(property(name)).attempting([&] { return describe(*this, name); });
}

std::vector<std::string> DeviceTreeNode::compatible() const {
    return read_strings(property("compatible")).value_or(std::vector<std::string>{});
}

bool DeviceTreeNode::is_compatible(std::string_view model) const {
    const auto models = compatible();
    return std::ranges::find(models, model) != models.end();
}

DeviceTreeStatus DeviceTreeNode::status() const {
    const auto values = read_strings(property("status"));
    if (!values && values.error().code == ErrorCode::not_found) return DeviceTreeStatus::okay;
    if (!values || values->empty()) return DeviceTreeStatus::other;
    const std::string& value = values->front();
    // "ok" is no word of the standard, but Linux takes it and boards use it.
    if (value == "okay" || value == "ok") return DeviceTreeStatus::okay;
    if (value == "disabled") return DeviceTreeStatus::disabled;
    if (value == "reserved") return DeviceTreeStatus::reserved;
    if (value == "fail" || value.starts_with("fail-")) return DeviceTreeStatus::fail;
    return DeviceTreeStatus::other;
}

Result<std::vector<PeripheralRegisters>> DeviceTreeNode::registers() const {
    return device_tree::registers_of(*tree_, index_).attempting([&] {
        return "find the registers of " + path();
    });
}

Result<std::vector<InterruptSpecifier>> DeviceTreeNode::interrupts() const {
    return device_tree::interrupts_of(*tree_, index_).attempting([&] {
        return "find the interrupts of " + path();
    });
}

}  // namespace openbar
