/// The device tree: which peripherals a board has, and where their registers are.
///
///     auto tree = openbar::DeviceTree::live().value();           // or ::from_file("board.dtb")
///     auto clock = tree.find("/pl031@9010000").value();          // or by an alias: "rtc0"
///     for (const auto& block : clock.registers().value())
///         std::cout << std::hex << block.physical.value().address << "\n";      // prints 9010000
///
/// An address in a tree is written for the bus that its node sits on. `registers()` takes it
/// through the `ranges` of every bus above, with each bus's own number of cells, to the address
/// that the processor uses. `docs/device-tree.md` explains this with pictures.
///
/// The format and the meaning of the properties are those of the Devicetree Specification,
/// release 0.4, chapters 2 and 5; of PCI addresses, the PCI Bus Binding to IEEE 1275.
///
/// A tree never changes once it is loaded. Trees and nodes are cheap handles on it: copy them,
/// use them from any number of threads; a node keeps its tree.
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
    std::string name;               ///< from `reg-names`; empty where that does not name it
    std::uint64_t bus_address = 0;  ///< as written in the node, on the bus that it sits on
    std::uint64_t length = 0;       ///< bytes

    /// Where the processor finds it. An error where no address of the processor leads there: a
    /// bus above has no `ranges` (an I2C chip, say), or its `ranges` do not cover the block
    /// (both `unsupported`), or they are broken (`protocol`).
    Result<PhysicalRange> physical;
};

/// One interrupt of a node.
struct InterruptSpecifier {
    std::string name;        ///< from `interrupt-names`; empty where that does not name it
    std::string controller;  ///< path of the interrupt controller
    std::vector<std::uint32_t> cells;  ///< the specifier; its meaning is the controller's own
};

/// What `status` says (Devicetree Specification, 2.3.4); a node without one is `okay`.
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
    /// The bytes of a property, in the tree's big-endian order; nothing where there is none.
    [[nodiscard]] std::optional<std::span<const std::byte>> property(std::string_view name) const;
    /// The property as a list of strings. `not_found`; `protocol` where it is no list of strings.
    [[nodiscard]] Result<std::vector<std::string>> strings(std::string_view name) const;
    /// The property as 32-bit cells. `not_found`; `protocol` where its size is no multiple of 4.
    [[nodiscard]] Result<std::vector<std::uint32_t>> cells(std::string_view name) const;

    /// What drivers suit it, best first; empty where it does not say.
    [[nodiscard]] std::vector<std::string> compatible() const;
    [[nodiscard]] bool is_compatible(std::string_view model) const;
    [[nodiscard]] DeviceTreeStatus status() const;

    /// The register blocks, in the order of `reg`. `not_found` where the node has no `reg`;
    /// `protocol` where `reg` is no whole number of entries or the cell counts make no sense;
    /// `unsupported` where `reg` holds numbers that are no addresses (`#size-cells` is 0).
    [[nodiscard]] Result<std::vector<PeripheralRegisters>> registers() const;

    /// The interrupts, each at the controller it ends at, through every `interrupt-map` on the
    /// way. Empty where the node has none. `protocol` where a property is broken, a phandle leads
    /// nowhere or in a circle.
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
    /// A blob or a file larger than this is refused (`resource_exhausted`).
    static constexpr std::size_t largest_blob = 64U << 20;
    /// A tree nested deeper than this is refused (`protocol`).
    static constexpr std::size_t deepest_nesting = 64;

    /// The tree of the running system: `/proc/device-tree`, which shows overlays too, else
    /// `/sys/firmware/fdt` (which only root may read). `unsupported` where the system has none,
    /// as most PCs.
    [[nodiscard]] static Result<DeviceTree> live();
    /// A `.dtb` file, or a directory laid out like `/proc/device-tree`.
    /// `not_found`, `permission_denied`, `io`; `protocol` where it is no sound device tree.
    [[nodiscard]] static Result<DeviceTree> from_file(const std::filesystem::path& path);
    /// A flattened tree in memory, which is copied. `origin` names it in errors.
    [[nodiscard]] static Result<DeviceTree> from_blob(std::span<const std::byte> blob,
                                                      std::string_view origin = "device tree");

    /// Where it came from: the path, or the `origin` given.
    [[nodiscard]] const std::string& origin() const noexcept;
    [[nodiscard]] DeviceTreeNode root() const;

    /// A node by its path ("/soc/serial@7e201000"), by an alias ("serial0", "i2c1/eeprom@50") or
    /// by a label where the tree was compiled with symbols ("&uart0"). A unit address may be left
    /// out where only one node has the name: "/soc/serial". `not_found` (the error names what
    /// there is instead), `ambiguous`, `invalid_argument`.
    [[nodiscard]] Result<DeviceTreeNode> find(std::string_view path) const;
    /// The node that has this phandle. `not_found`; `protocol` where several have it.
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
    std::string uio;                             ///< "uio0" where it is bound to UIO, else empty
};

/// The peripheral at `path` of the live tree (a path, alias or label as `DeviceTree::find`
/// takes). Errors as of `live`, `find` and `registers`; `disabled` where its `status` says so;
/// the error of the first block that has no physical address.
[[nodiscard]] Result<PlatformPeripheral> resolve_peripheral(std::string_view path);

/// The same in another tree; `uio` stays empty.
[[nodiscard]] Result<PlatformPeripheral> resolve_peripheral(const DeviceTree& tree,
                                                            std::string_view path);

}  // namespace openbar
