// Devicetree Specification 2.4: interrupts, interrupt parents, and nexus nodes, which pass an
// interrupt on by `interrupt-map` (a PCI host bridge does).
#include "base/failure.hpp"
#include "device_tree/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace openbar::device_tree {
namespace {

using Cells = std::span<const std::uint32_t>;

// Bounds for hostile trees; the deepest real ones stay far below.
constexpr std::uint32_t most_cells = 32;
constexpr std::size_t most_interrupts = 4096;
constexpr std::size_t longest_chain = 2 * DeviceTree::deepest_nesting;

/// Controllers whose drivers read `interrupt-map` in another way. Linux takes such a
/// controller for the last one (drivers/of/irq.c, of_irq_imap_abusers), and so does this.
constexpr std::array<std::string_view, 8> controllers_with_other_maps{
    "CBEA,platform-spider-pic", "sti,platform-spider-pic", "realtek,rtl-intc",
    "fsl,ls1021a-extirq",       "fsl,ls1043a-extirq",      "fsl,ls1088a-extirq",
    "renesas,rza1-irqc",        "pasemi,rootbus"};

/// An interrupt on its way up: whose it is now, under which unit address and specifier.
struct Signal {
    NodeIndex controller;
    std::vector<std::uint32_t> unit_address;
    std::vector<std::uint32_t> specifier;
};

/// One row of an `interrupt-map`, cut from the front of `rest`.
struct Row {
    Cells child;
    NodeIndex parent;
    Cells parent_address;
    Cells parent_specifier;
};

class InterruptReader {
public:
    InterruptReader(const Tree& tree, NodeIndex node) : tree_(tree), node_(node) {}

    Result<std::vector<InterruptSpecifier>> read() const {
        OPENBAR_TRY(signals, raised());
        const Property* names_property = tree_.property(node_, "interrupt-names");
        const auto names =
            names_property == nullptr ? std::nullopt : to_strings(names_property->value);
        std::vector<InterruptSpecifier> interrupts;
        for (std::size_t index = 0; index < signals.size(); ++index) {
            OPENBAR_TRY(arrived, follow(signals[index]));
            interrupts.push_back({.name = names && index < names->size() ? (*names)[index] : "",
                                  .controller = tree_.path_of(arrived.controller),
                                  .cells = std::move(arrived.specifier)});
        }
        return interrupts;
    }

private:
    [[nodiscard]] static Error broken(std::string cause) {
        return failure(ErrorCode::protocol, std::move(cause));
    }

    /// The node's own interrupts, as it writes them.
    [[nodiscard]] Result<std::vector<Signal>> raised() const {
        if (const Property* extended = tree_.property(node_, "interrupts-extended"))
            return extended_interrupts(*extended);
        const Property* interrupts = tree_.property(node_, "interrupts");
        if (interrupts == nullptr || interrupts->value.empty()) return std::vector<Signal>{};
        OPENBAR_TRY(parent, interrupt_parent(node_));
        OPENBAR_TRY(count, specifier_cells(parent));
        if (interrupts->value.size() % (4 * count) != 0)
            return broken(
                fmt::format("the {} bytes of `interrupts` are not a multiple of the {} that "
                            "one takes at {}",
                            interrupts->value.size(), 4 * count, tree_.path_of(parent)));
        if (interrupts->value.size() / (4 * count) > most_interrupts) return too_many();
        const auto cells = to_cells(interrupts->value);
        std::vector<Signal> signals;
        for (Cells rest(cells); !rest.empty(); rest = rest.subspan(count))
            signals.push_back(signal_at(parent, rest.first(count)));
        return signals;
    }

    [[nodiscard]] Result<std::vector<Signal>> extended_interrupts(const Property& property) const {
        if (property.value.size() % 4 != 0)
            return broken("`interrupts-extended` is not a list of cells");
        const auto cells = to_cells(property.value);
        std::vector<Signal> signals;
        for (Cells rest(cells); !rest.empty();) {
            const auto controller = tree_.with_phandle(rest.front());
            if (!controller)
                return broken(fmt::format("`interrupts-extended` names phandle {:#x}: {}",
                                          rest.front(), controller.error().cause));
            OPENBAR_TRY(count, specifier_cells(*controller).attempting([&] {
                return "`interrupts-extended`";
            }));
            rest = rest.subspan(1);
            if (rest.size() < count)
                return broken(
                    fmt::format("`interrupts-extended` ends within the {} cells of an "
                                "interrupt of {}",
                                count, tree_.path_of(*controller)));
            signals.push_back(signal_at(*controller, rest.first(count)));
            if (signals.size() > most_interrupts) return too_many();
            rest = rest.subspan(count);
        }
        return signals;
    }

    [[nodiscard]] static Error too_many() {
        return failure(ErrorCode::resource_exhausted,
                       fmt::format("more than {} interrupts", most_interrupts));
    }

    [[nodiscard]] Signal signal_at(NodeIndex controller, Cells specifier) const {
        const Property* reg = tree_.property(node_, "reg");
        return {
            .controller = controller,
            .unit_address = reg == nullptr ? std::vector<std::uint32_t>{} : to_cells(reg->value),
            .specifier = {specifier.begin(), specifier.end()}};
    }

    /// The nearest node up the interrupt tree that says how it writes interrupts.
    [[nodiscard]] Result<NodeIndex> interrupt_parent(NodeIndex node) const {
        for (std::size_t steps = 0; steps < longest_chain; ++steps) {
            if (const auto phandle = tree_.cell(node, "interrupt-parent")) {
                const auto parent = tree_.with_phandle(*phandle);
                if (!parent)
                    return broken(fmt::format("`interrupt-parent` of {} is phandle {:#x}: {}",
                                              tree_.path_of(node), *phandle, parent.error().cause));
                node = *parent;
            } else {
                node = tree_.nodes[node].parent;
                if (node == no_node)
                    return broken(
                        "no node above it is an interrupt controller, and no "
                        "`interrupt-parent` names one");
            }
            if (tree_.property(node, "#interrupt-cells") != nullptr) return node;
        }
        return broken("`interrupt-parent` leads in a circle");
    }

    [[nodiscard]] Result<std::uint32_t> specifier_cells(NodeIndex controller) const {
        const auto count = tree_.cell(controller, "#interrupt-cells");
        if (!count || *count == 0 || *count > most_cells)
            return broken(
                fmt::format("{} does not say in `#interrupt-cells` how many cells (1 to "
                            "{}) an interrupt takes",
                            tree_.path_of(controller), most_cells));
        return *count;
    }

    [[nodiscard]] bool has_another_map(NodeIndex controller) const {
        const Property* models = tree_.property(controller, "compatible");
        const auto names = models == nullptr ? std::nullopt : to_strings(models->value);
        return names && std::ranges::any_of(*names, [](const std::string& name) {
                   return std::ranges::find(controllers_with_other_maps, name) !=
                          controllers_with_other_maps.end();
               });
    }

    /// Follows every `interrupt-map` from `signal` to the controller at the end.
    [[nodiscard]] Result<Signal> follow(Signal signal) const {
        std::set<NodeIndex> passed;
        for (;;) {
            const Property* map = tree_.property(signal.controller, "interrupt-map");
            if (map == nullptr || has_another_map(signal.controller)) return signal;
            if (!passed.insert(signal.controller).second)
                return broken(fmt::format("`interrupt-map` leads from {} back to it",
                                          tree_.path_of(signal.controller)));
            OPENBAR_TRY(next, pass_on(signal, *map));
            if (!next) return signal;
            signal = std::move(*next);
        }
    }

    /// One nexus further; nothing where the nexus is the controller of this interrupt itself.
    [[nodiscard]] Result<std::optional<Signal>> pass_on(const Signal& signal,
                                                        const Property& map) const {
        const NodeIndex nexus = signal.controller;
        const std::uint32_t address_cells = tree_.cell(nexus, "#address-cells").value_or(2);
        if (address_cells > most_cells)
            return broken(
                fmt::format("`#address-cells` of {} is {}", tree_.path_of(nexus), address_cells));
        std::vector<std::uint32_t> sought = signal.unit_address;
        sought.resize(address_cells);
        sought.insert(sought.end(), signal.specifier.begin(), signal.specifier.end());

        std::vector<std::uint32_t> mask(sought.size(), UINT32_MAX);
        if (const Property* given = tree_.property(nexus, "interrupt-map-mask")) {
            mask = to_cells(given->value);
            if (mask.size() != sought.size())
                return broken(fmt::format("`interrupt-map-mask` of {} has {} cells instead of {}",
                                          tree_.path_of(nexus), mask.size(), sought.size()));
        }
        const auto cells = to_cells(map.value);
        std::optional<Signal> found;
        // To the end: rows of a map that is not whole are cut at the wrong places, all of them.
        for (Cells rest(cells); !rest.empty();) {
            OPENBAR_TRY(row, cut_row(rest, sought.size(), nexus));
            bool matches = !found && is_available(row.parent);
            for (std::size_t i = 0; i < sought.size(); ++i)
                matches &= (sought[i] & mask[i]) == (row.child[i] & mask[i]);
            if (matches)
                found =
                    Signal{.controller = row.parent,
                           .unit_address = {row.parent_address.begin(), row.parent_address.end()},
                           .specifier = {row.parent_specifier.begin(), row.parent_specifier.end()}};
        }
        if (found) return found;
        if (tree_.property(nexus, "interrupt-controller") != nullptr) return std::nullopt;
        return broken(fmt::format("no row of `interrupt-map` of {} matches", tree_.path_of(nexus)));
    }

    /// Linux leaves out rows to controllers that are switched off.
    [[nodiscard]] bool is_available(NodeIndex node) const {
        const Property* status = tree_.property(node, "status");
        const auto words = status == nullptr ? std::nullopt : to_strings(status->value);
        return !words || words->empty() || words->front() == "okay" || words->front() == "ok";
    }

    [[nodiscard]] Result<Row> cut_row(Cells& rest, std::size_t child_cells, NodeIndex nexus) const {
        const auto cut = [&](std::size_t count) {
            const Cells front = rest.first(std::min(count, rest.size()));
            rest = rest.subspan(front.size());
            return front;
        };
        const auto ends_within = [&] {
            return broken(
                fmt::format("`interrupt-map` of {} ends within a row", tree_.path_of(nexus)));
        };
        const Cells child = cut(child_cells);
        const Cells phandle = cut(1);
        if (phandle.empty()) return ends_within();
        const auto parent = tree_.with_phandle(phandle.front());
        if (!parent)
            return broken(fmt::format("`interrupt-map` of {} names phandle {:#x}: {}",
                                      tree_.path_of(nexus), phandle.front(), parent.error().cause));
        const auto specifier_count = specifier_cells(*parent);
        if (!specifier_count)
            return broken(
                fmt::format("a row of `interrupt-map` of {} leads to {}, which takes no "
                            "interrupts: is each row as long as {} demands?",
                            tree_.path_of(nexus), tree_.path_of(*parent), tree_.path_of(*parent)));
        // A controller without #address-cells takes no unit address (2.4.3.1, as Linux reads it).
        const std::uint32_t address_count = tree_.cell(*parent, "#address-cells").value_or(0);
        const Cells address = cut(address_count);
        const Cells specifier = cut(*specifier_count);
        if (address.size() != address_count || specifier.size() != *specifier_count)
            return ends_within();
        return Row{child, *parent, address, specifier};
    }

    const Tree& tree_;
    NodeIndex node_;
};

}  // namespace

Result<std::vector<InterruptSpecifier>> interrupts_of(const Tree& tree, NodeIndex node) {
    return InterruptReader(tree, node).read();
}

}  // namespace openbar::device_tree
