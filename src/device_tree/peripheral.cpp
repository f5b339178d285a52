#include "openbar/device_tree.hpp"

#include "base/failure.hpp"
#include "base/system_root.hpp"
#include "device_tree/tree.hpp"

#include <fmt/format.h>

#include <system_error>

namespace openbar {
namespace device_tree {

std::string uio_bound_to(std::string_view path, const std::filesystem::path& sys) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path base = fs::canonical(sys / "firmware/devicetree/base", error);
    if (error) return {};
    const fs::path node = (base / fs::path(path).relative_path()).lexically_normal();
    for (fs::directory_iterator entry(sys / "class/uio", error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code unbound;
        if (fs::canonical(entry->path() / "device/of_node", unbound) == node && !unbound)
            return entry->path().filename().string();
    }
    return {};
}

}  // namespace device_tree

namespace {

/// As Linux does (of_device_is_available): every status but okay keeps its drivers away.
Result<void> check_enabled(const DeviceTreeNode& node) {
    if (node.status() == DeviceTreeStatus::okay) return {};
    const auto words = node.strings("status");
    const std::string word = words && !words->empty() ? words->front() : std::string();
    return failure(ErrorCode::disabled,
                   fmt::format("its `status` is {}",
                               node.status() == DeviceTreeStatus::disabled
                                   ? "disabled"
                                   : fmt::format("\"{}\", which is not \"okay\"", printable(word))),
                   "enable it in the board's device tree or by an overlay");
}

Result<void> check_length(const PeripheralRegisters& block) {
    if (block.length != 0) return {};
    return failure(ErrorCode::protocol, fmt::format("its register block at {:#x} is 0 bytes long",
                                                    block.physical->address));
}

}  // namespace

Result<PlatformPeripheral> resolve_peripheral(const DeviceTree& tree, std::string_view path) {
    OPENBAR_TRY(node, tree.find(path));
    const auto describe = [&] {
        return fmt::format("resolve {} of {}", node.path(), tree.origin());
    };
    OPENBAR_TRY(enabled, check_enabled(node).attempting(describe));
    OPENBAR_TRY(blocks, node.registers());
    for (auto& block : blocks) {
        if (!block.physical) return std::move(block.physical).error();
        OPENBAR_TRY(sound, check_length(block).attempting(describe));
    }
    const auto interrupts = node.interrupts();
    return PlatformPeripheral{.path = node.path(),
                              .registers = std::move(blocks),
                              .has_interrupt = interrupts && !interrupts->empty(),
                              .uio = {}};
}

Result<PlatformPeripheral> resolve_peripheral(std::string_view path) {
    OPENBAR_TRY(tree, DeviceTree::live());
    OPENBAR_TRY(peripheral, resolve_peripheral(tree, path));
    peripheral.uio = device_tree::uio_bound_to(peripheral.path, system_path("/sys"));
    return peripheral;
}

}  // namespace openbar
