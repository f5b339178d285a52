#include "cli/device_tree/property_types.hpp"

#include <algorithm>
#include <array>

namespace openbar::cli {
namespace {

constexpr std::array<std::string_view, 12> strings{
    "compatible", "model",         "status", "device_type",   "bootargs",       "stdout-path",
    "stdin-path", "enable-method", "label",  "serial-number", "regulator-name", "phy-mode"};

constexpr std::array<std::string_view, 47> cells{"reg",
                                                 "ranges",
                                                 "dma-ranges",
                                                 "phandle",
                                                 "linux,phandle",
                                                 "virtual-reg",
                                                 "interrupts",
                                                 "interrupts-extended",
                                                 "interrupt-parent",
                                                 "interrupt-map",
                                                 "interrupt-map-mask",
                                                 "assigned-addresses",
                                                 "bus-range",
                                                 "clock-frequency",
                                                 "timebase-frequency",
                                                 "current-speed",
                                                 "reg-shift",
                                                 "reg-io-width",
                                                 "initial-mapped-area",
                                                 "cpu-release-addr",
                                                 "cache-level",
                                                 "cache-size",
                                                 "cache-sets",
                                                 "cache-block-size",
                                                 "cache-line-size",
                                                 "d-cache-size",
                                                 "d-cache-sets",
                                                 "d-cache-block-size",
                                                 "d-cache-line-size",
                                                 "i-cache-size",
                                                 "i-cache-sets",
                                                 "i-cache-block-size",
                                                 "i-cache-line-size",
                                                 "tlb-size",
                                                 "tlb-sets",
                                                 "next-level-cache",
                                                 "address-bits",
                                                 "max-frame-size",
                                                 "phy-handle",
                                                 "clocks",
                                                 "resets",
                                                 "dmas",
                                                 "iommus",
                                                 "power-domains",
                                                 "linux,initrd-start",
                                                 "linux,initrd-end",
                                                 "memory-region"};

constexpr std::array<std::string_view, 3> cells_at_the_end{"-cells", "-gpios", "-supply"};

bool is_pin_state(std::string_view name) {
    constexpr std::string_view prefix = "pinctrl-";
    if (!name.starts_with(prefix) || name.size() == prefix.size()) return false;
    return std::ranges::all_of(name.substr(prefix.size()),
                               [](char letter) { return letter >= '0' && letter <= '9'; });
}

}  // namespace

std::optional<PropertyType> property_type(std::string_view name) noexcept {
    if (std::ranges::find(strings, name) != strings.end() || name.ends_with("-names"))
        return PropertyType::strings;
    const bool ends = std::ranges::any_of(
        cells_at_the_end, [&](std::string_view end) { return name.ends_with(end); });
    if (std::ranges::find(cells, name) != cells.end() || ends || is_pin_state(name))
        return PropertyType::cells;
    return std::nullopt;
}

}  // namespace openbar::cli
