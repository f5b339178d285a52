#include "backends/sysfs/page_neighbour.hpp"

#include "base/page.hpp"

#include <fmt/format.h>

namespace openbar::sysfs {

std::optional<std::string> page_neighbour(const PciFunction& function, const RegionInfo& region) {
    const Range own{region.physical_address, region.size};
    const Range pages = pages_around(own);
    if (pages == own) return std::nullopt;
    const auto functions = list_pci_functions();
    if (!functions) return "what cannot be listed";
    for (const PciFunction& other : *functions) {
        for (const RegionInfo& candidate : other.regions) {
            const bool itself =
                other.address == function.address && candidate.index == region.index;
            if (itself || candidate.kind != RegionKind::memory || candidate.physical_address == 0)
                continue;
            if (candidate.physical_address < pages.offset + pages.length &&
                pages.offset < candidate.physical_address + candidate.size)
                return fmt::format("{} of {}", candidate.name, other.address.to_string());
        }
    }
    return std::nullopt;
}

}  // namespace openbar::sysfs
