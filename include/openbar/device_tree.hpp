/// The device tree: the peripherals of a board, and the addresses of their registers.
///
///     auto tree = openbar::DeviceTree::live().value();           // or ::from_file("board.dtb")
///     auto clock = tree.find("/pl031@9010000").value();          // or by an alias: "rtc0"
///     for (const auto& block : clock.registers().value())
///         std::cout << std::hex << block.physical.value().address << "\n";      // prints 9010000
///
/// A node's `reg` holds addresses of the bus that the node is on. `registers()` translates them
/// through the `ranges` of every bus above, with that bus's number of cells, to processor
/// addresses. `docs/device-tree.md` explains this with pictures.
///
/// Source: Devicetree Specification, release 0.4, chapters 2 and 5; for PCI addresses, the PCI Bus
/// Binding to IEEE 1275.
///
/// A loaded tree never changes. Trees and nodes are cheap handles: copy them, use them from any
/// number of threads. A node keeps its tree.
#pragma once

#include "openbar/physical_range.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace openbar {

/// One entry of a node's `reg`.
struct PeripheralRegisters {
    std::string name;               ///< from `reg-names`, or empty
    std::uint64_t bus_address = 0;  ///< as written in the node: on its bus
    std::uint64_t length = 0;       ///< bytes

    /// The processor address. Errors: unsupported (a bus above has no `ranges`, as for an I2C chip,
    /// or its `ranges` do not cover the block); protocol (broken `ranges`).
    Result<PhysicalRange> physical;
};

/// One interrupt of a node.
struct InterruptSpecifier {
    std::string name;                  ///< from `interrupt-names`, or empty
    std::string controller;            ///< path of the interrupt controller
    std::vector<std::uint32_t> cells;  ///< the specifier; the controller defines its meaning
};

/// The `status` property (Devicetree Specification, 2.3.4). A node without one is `okay`.
enum class DeviceTreeStatus : std::uint8_t { okay, disabled, reserved, fail, other };

std::string_view to_string(DeviceTreeStatus status) noexcept;

namespace device_tree {
struct Tree;
}  // namespace device_tree

/// One node: a peripheral, a bus, a memory bank, …
class DeviceTreeNode {
public:
    /// "pl031@9010000"; empty for the root.
    [[nodiscard]] std::string_view name() const noexcept;
    /// "/soc/pl031@9010000"; "/" for the root.
    [[nodiscard]] std::string path() const;
    [[nodiscard]] std::optional<DeviceTreeNode> parent() const;
    [[nodiscard]] std::vector<DeviceTreeNode> children() const;

    /// The names of its properties, in the order of the tree.
    [[nodiscard]] std::vector<std::string_view> property_names() const;
    /// The bytes of a property, in the tree's big-endian order; empty if there is none.
    [[nodiscard]] std::optional<std::span<const std::byte>> property(std::string_view name) const;
    /// The property as a list of strings. Errors: not_found; protocol (not a list of strings).
    [[nodiscard]] Result<std::vector<std::string>> strings(std::string_view name) const;
    /// The property as 32-bit cells. Errors: not_found; protocol (size not a multiple of 4).
    [[nodiscard]] Result<std::vector<std::uint32_t>> cells(std::string_view name) const;

    /// The `compatible` property: the models of drivers that fit, best first; may be empty.
    [[nodiscard]] std::vector<std::string> compatible() const;
    [[nodiscard]] bool is_compatible(std::string_view model) const;
    [[nodiscard]] DeviceTreeStatus status() const;

    /// The register blocks, in the order of `reg`. Errors: not_found (the node has no `reg`);
    /// protocol (`reg` has an incomplete entry, or the cell counts are invalid); unsupported
    /// (`#size-cells` is 0: `reg` holds numbers, not addresses).
    [[nodiscard]] Result<std::vector<PeripheralRegisters>> registers() const;

    /// The interrupts, each resolved through every `interrupt-map` to its last controller; may be
    /// empty. Error: protocol (a broken property, a dangling phandle, or a circle).
    [[nodiscard]] Result<std::vector<InterruptSpecifier>> interrupts() const;

    friend bool operator==(const DeviceTreeNode&, const DeviceTreeNode&) = default;

private:
    friend class DeviceTree;
    DeviceTreeNode(std::shared_ptr<const device_tree::Tree> tree, std::uint32_t index) noexcept
        : tree_(std::move(tree)), index_(index) {}

    std::shared_ptr<const device_tree::Tree> tree_;
    std::uint32_t index_;
};

class DeviceTree {
public:
    /// The limit of a blob or file; a larger one is `resource_exhausted`.
    static constexpr std::size_t largest_blob = 64U << 20;
    /// The limit of nesting; a deeper tree is `protocol`.
    static constexpr std::size_t deepest_nesting = 64;

    /// The tree of the running system: `/proc/device-tree`, which includes overlays, or else
    /// `/sys/firmware/fdt`, which only root may read. Error: unsupported (most PCs have no tree).
    [[nodiscard]] static Result<DeviceTree> live();
    /// A `.dtb` file, or a directory laid out like `/proc/device-tree`.
    /// `not_found`, `permission_denied`, `io`; `protocol` (not a valid device tree).
    [[nodiscard]] static Result<DeviceTree> from_file(const std::filesystem::path& path);
    /// A flattened tree in memory, which is copied. `origin` names it in errors.
    [[nodiscard]] static Result<DeviceTree> from_blob(std::span<const std::byte> blob,
                                                      std::string_view origin = "device tree");

    /// The path, or the given `origin`.
    [[nodiscard]] const std::string& origin() const noexcept;
    [[nodiscard]] DeviceTreeNode root() const;

    /// A node by its path ("/soc/serial@7e201000"), by an alias ("serial0", "i2c1/eeprom@50"), or,
    /// if the tree was compiled with symbols, by a label ("&uart0"). A unit address may be omitted
    /// if only one node has the name: "/soc/serial". Errors: not_found (with the existing names);
    /// ambiguous; invalid_argument.
    [[nodiscard]] Result<DeviceTreeNode> find(std::string_view path) const;
    /// The node with this phandle. Errors: not_found; protocol (several nodes have it).
    [[nodiscard]] Result<DeviceTreeNode> with_phandle(std::uint32_t phandle) const;
    /// Every node compatible with `model`, in the order of the tree.
    [[nodiscard]] std::vector<DeviceTreeNode> compatible_with(std::string_view model) const;

    struct Alias {
        std::string name;
        std::string path;
    };
    [[nodiscard]] std::vector<Alias> aliases() const;

private:
    explicit DeviceTree(std::shared_ptr<const device_tree::Tree> tree) noexcept
        : tree_(std::move(tree)) {}

    std::shared_ptr<const device_tree::Tree> tree_;
};

/// A peripheral of the running system, as `dt:` addresses open it.
struct PlatformPeripheral {
    std::string path;                            ///< of its node
    std::vector<PeripheralRegisters> registers;  ///< at least one; each at a physical address
    bool has_interrupt = false;                  ///< at least one that can be resolved
    std::string uio;                             ///< "uio0" if it is bound to UIO, else empty
};

/// The peripheral at `path` of the live tree: a path, alias or label as for `DeviceTree::find`.
/// Errors: those of `live`, `find` and `registers`; disabled (by its `status`); that of the first
/// block without a physical address.
[[nodiscard]] Result<PlatformPeripheral> resolve_peripheral(std::string_view path);

/// The same in another tree; `uio` stays empty.
[[nodiscard]] Result<PlatformPeripheral> resolve_peripheral(const DeviceTree& tree,
                                                            std::string_view path);

}  // namespace openbar
