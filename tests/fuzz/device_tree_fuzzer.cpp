// Any bytes as a flattened device tree: whatever is read is asked everything.
#include "openbar/device_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void ask_everything(const openbar::DeviceTree& tree, const openbar::DeviceTreeNode& node) {
    const std::string path = node.path();
    if (const auto found = tree.find(path); found && found->path() != path) std::abort();
    (void)node.status();
    (void)node.compatible();
    if (const auto blocks = node.registers())
        for (const auto& block : *blocks)
            if (block.physical && block.physical->length != 0 &&
                block.physical->address + (block.physical->length - 1) < block.physical->address)
                std::abort();
    (void)node.interrupts();
    for (const auto name : node.property_names()) {
        (void)node.strings(name);
        (void)node.cells(name);
    }
    for (const auto& child : node.children()) ask_everything(tree, child);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
    const auto tree = openbar::DeviceTree::from_blob(bytes);
    if (!tree) return 0;
    for (const auto& alias : tree->aliases()) (void)tree->find(alias.name);
    ask_everything(*tree, tree->root());
    return 0;
}
