// `reg` and the way up: Devicetree Specification 2.3.5 (#address-cells, #size-cells), 2.3.6 (reg),
// 2.3.8 (ranges); PCI Bus Binding to IEEE 1275 2.2.1.1 (the three cells of a PCI address).
#include "base/failure.hpp"
#include "base/range.hpp"
#include "device_tree/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace openbar::device_tree {
namespace {

using Cells = std::span<const std::uint32_t>;

/// An address on some bus. `space` distinguishes the address spaces of a bus that has several:
/// memory, I/O and configuration of PCI; memory and I/O of ISA. It is 0 elsewhere.
struct BusAddress {
    std::uint32_t space = 0;
    std::uint64_t offset = 0;
};

constexpr std::uint32_t pci_configuration = 0;
constexpr std::uint32_t pci_memory = 2;

enum class BusKind : std::uint8_t { plain, pci, isa };

/// How a bus writes its addresses.
struct Bus {
    NodeIndex node;
    BusKind kind;
    std::uint32_t address_cells;
    std::uint32_t size_cells;
};

BusKind kind_of(const Tree& tree, NodeIndex node) {
    const std::string_view name = tree.nodes[node].name;
    const std::string_view base = name.substr(0, name.find('@'));
    if (base == "isa") return BusKind::isa;
    if (const Property* type = tree.property(node, "device_type")) {
        const auto strings = to_strings(type->value);
        if (strings && !strings->empty() &&
            (strings->front() == "pci" || strings->front() == "pciex"))
            return BusKind::pci;
    }
    return base == "pci" || base == "pcie" ? BusKind::pci : BusKind::plain;
}

Bus bus_of(const Tree& tree, NodeIndex node) {
    // Not inherited; 2 and 1 where the bus does not say (2.3.5).
    return {.node = node,
            .kind = kind_of(tree, node),
            .address_cells = tree.cell(node, "#address-cells").value_or(2),
            .size_cells = tree.cell(node, "#size-cells").value_or(1)};
}

std::uint64_t number(Cells cells) {
    std::uint64_t value = 0;
    for (const std::uint32_t cell : cells) value = (value << 32U) | cell;
    return value;
}

/// `cells` holds the one, two or three cells of an address on `bus`.
BusAddress address_on(const Bus& bus, Cells cells) {
    if (cells.size() == 3) {
        std::uint32_t space = cells[0];
        if (bus.kind == BusKind::pci) {
            space = (cells[0] >> 24U) & 3U;
            if (space == 3) space = pci_memory;  // 64-bit memory lies in the same space as 32-bit
        }
        return {space, number(cells.last(2))};
    }
    if (bus.kind == BusKind::isa && cells.size() == 2) return {cells[0] & 1U, cells[1]};
    return {0, number(cells)};
}

/// Refuses counts of cells that no address can have.
Result<void> check_cells(const Tree& tree, const Bus& bus) {
    if (bus.address_cells < 1 || bus.address_cells > 3)
        return failure(ErrorCode::unsupported,
                       fmt::format("{} writes addresses in {} cells; only 1, 2 and 3 are addresses",
                                   tree.path_of(bus.node), bus.address_cells));
    if (bus.size_cells > 2)
        return failure(ErrorCode::unsupported,
                       fmt::format("{} writes sizes in {} cells; only 1 and 2 are sizes",
                                   tree.path_of(bus.node), bus.size_cells));
    return {};
}

/// A block on its way up; if a window held its first bytes only, these, and why.
struct Block {
    BusAddress address;
    std::uint64_t length;
    std::string why_cut{};
};

/// Takes block (`address`, `length`) one bus up, through the `ranges` of `bus`.
class Step {
public:
    Step(const Tree& tree, const Bus& bus)
        : tree_(tree), bus_(bus), parent_(bus_of(tree, tree.nodes[bus.node].parent)) {}

    Result<Block> up(Block block) const {
        const BusAddress address = block.address;
        const Property* ranges = tree_.property(bus_.node, "ranges");
        if (ranges == nullptr)
            return failure(
                ErrorCode::unsupported,
                fmt::format("{} has no `ranges`: what is on that bus has no address that "
                            "the processor can use",
                            path()),
                "reach it through the registers of the bus's controller");
        if (bus_.kind == BusKind::pci && address.space == pci_configuration)
            return failure(ErrorCode::unsupported,
                           fmt::format("it is configuration space of {}, not memory", path()),
                           "open the function by its PCI address instead");
        if (ranges->value.empty()) {  // the same addresses on both sides
            if (bus_.kind != parent_.kind) block.address.space = 0;
            return block;
        }
        OPENBAR_TRY(sound, check_cells(tree_, parent_));
        const std::size_t entry = bus_.address_cells + parent_.address_cells + bus_.size_cells;
        if (ranges->value.size() % (4 * entry) != 0)
            return failure(ErrorCode::protocol,
                           fmt::format("the {} bytes of `ranges` of {} are no multiple of the {} "
                                       "that one entry takes",
                                       ranges->value.size(), path(), 4 * entry));
        return through(to_cells(ranges->value), std::move(block));
    }

    [[nodiscard]] const Bus& parent() const { return parent_; }

private:
    [[nodiscard]] std::string path() const { return tree_.path_of(bus_.node); }

    [[nodiscard]] Result<Block> through(Cells ranges, Block block) const {
        const BusAddress address = block.address;
        const std::size_t child_cells = bus_.address_cells;
        const std::size_t entry = child_cells + parent_.address_cells + bus_.size_cells;
        std::optional<Block> cut;
        for (; !ranges.empty(); ranges = ranges.subspan(entry)) {
            const BusAddress here = address_on(bus_, ranges.first(child_cells));
            const BusAddress above =
                address_on(parent_, ranges.subspan(child_cells, parent_.address_cells));
            const std::uint64_t size =
                number(ranges.subspan(child_cells + parent_.address_cells, bus_.size_cells));
            if (here.space != address.space) continue;
            const Range window{here.offset, size};
            // An empty block has to start within it, too.
            if (lies_within({address.offset, std::max<std::uint64_t>(block.length, 1)}, window))
                return shifted(above, address.offset - here.offset, std::move(block));
            if (cut || !lies_within({address.offset, 1}, window)) continue;
            Block part{address, size - (address.offset - here.offset)};
            OPENBAR_TRY(moved, shifted(above, address.offset - here.offset, std::move(part)));
            cut = std::move(moved);
        }
        if (!cut)
            return failure(
                ErrorCode::unsupported,
                fmt::format("no window in `ranges` of {} covers {:#x}", path(), address.offset));
        cut->why_cut = !block.why_cut.empty()
                           ? std::move(block.why_cut)
                           : fmt::format(
                                 "its {:#x} bytes at {:#x} run past the end of a window in "
                                 "`ranges` of {}",
                                 block.length, address.offset, path());
        return std::move(*cut);
    }

    [[nodiscard]] Result<Block> shifted(BusAddress base, std::uint64_t by, Block block) const {
        const std::uint64_t offset = base.offset + by;
        if (offset < by || wraps({offset, block.length}))
            return failure(ErrorCode::protocol,
                           fmt::format("`ranges` of {} takes it past the end of 64 bits", path()));
        block.address = {base.space, offset};
        return block;
    }

    const Tree& tree_;
    Bus bus_;
    Bus parent_;
};

Result<PhysicalRange> physical(const Tree& tree, Bus bus, BusAddress address,
                               std::uint64_t length) {
    Block block{address, length};
    while (tree.nodes[bus.node].parent != no_node) {
        const Step step(tree, bus);
        OPENBAR_TRY(above, step.up(std::move(block)));
        block = std::move(above);
        bus = step.parent();
    }
    if (wraps({block.address.offset, block.length}))
        return failure(ErrorCode::protocol,
                       fmt::format("its {:#x} bytes at {:#x} run past the end of 64 bits",
                                   block.length, block.address.offset));
    if (!block.why_cut.empty())
        return failure(ErrorCode::unsupported, std::move(block.why_cut),
                       fmt::format("open the part in the window as mem:{:#x}+{:#x}",
                                   block.address.offset, block.length));
    return PhysicalRange{block.address.offset, block.length};
}

/// A PCI function's `reg` describes its BARs; `assigned-addresses` says where they are.
const Property* register_property(const Tree& tree, NodeIndex node, const Bus& bus) {
    const Property* assigned =
        bus.kind == BusKind::pci ? tree.property(node, "assigned-addresses") : nullptr;
    return assigned != nullptr ? assigned : tree.property(node, "reg");
}

}  // namespace

Result<std::vector<PeripheralRegisters>> registers_of(const Tree& tree, NodeIndex node) {
    constexpr std::size_t most_blocks = 4096;
    const NodeIndex parent = tree.nodes[node].parent;
    const Bus bus = bus_of(tree, parent == no_node ? node : parent);
    const Property* reg = parent == no_node ? nullptr : register_property(tree, node, bus);
    if (reg == nullptr) return failure(ErrorCode::not_found, "the node has no `reg`");
    OPENBAR_TRY(sound, check_cells(tree, bus));
    if (bus.size_cells == 0)
        return failure(ErrorCode::unsupported,
                       fmt::format("`#size-cells` of {} is 0: `reg` is a number on that bus, not a "
                                   "range of addresses",
                                   tree.path_of(bus.node)),
                       "reach it through the registers of the bus's controller");
    const std::size_t entry = bus.address_cells + bus.size_cells;
    if (reg->value.empty() || reg->value.size() % (4 * entry) != 0)
        return failure(ErrorCode::protocol,
                       fmt::format("the {} bytes of `{}` are no multiple of the {} that one entry "
                                   "takes on {}",
                                   reg->value.size(), reg->name, 4 * entry, tree.path_of(bus.node)),
                       "correct #address-cells and #size-cells of the parent");
    if (reg->value.size() / (4 * entry) > most_blocks)
        return failure(ErrorCode::resource_exhausted,
                       fmt::format("more than {} register blocks", most_blocks));

    const Property* names_property = tree.property(node, "reg-names");
    const auto names = names_property == nullptr ? std::nullopt : to_strings(names_property->value);
    const auto cells = to_cells(reg->value);
    std::vector<PeripheralRegisters> blocks;
    for (Cells rest(cells); !rest.empty(); rest = rest.subspan(entry)) {
        const std::size_t index = blocks.size();
        const BusAddress address = address_on(bus, rest.first(bus.address_cells));
        const std::uint64_t length = number(rest.subspan(bus.address_cells, bus.size_cells));
        blocks.push_back({.name = names && index < names->size() ? (*names)[index] : "",
                          .bus_address = address.offset,
                          .length = length,
                          .physical = physical(tree, bus, address, length).attempting([&] {
                              return fmt::format("find register block {} of {}", index,
                                                 tree.path_of(node));
                          })});
    }
    return blocks;
}

}  // namespace openbar::device_tree
