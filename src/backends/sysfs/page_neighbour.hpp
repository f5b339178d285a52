/// Who else sits in the pages of a BAR.
#pragma once

#include "openbar/pci.hpp"

#include <optional>
#include <string>

namespace openbar::sysfs {

/// The first other region that lies in a page of `region`: "bar1 of 0000:00:05.0". Mapping such a
/// page would hand the neighbour's registers to the program too. A BAR that starts or ends inside
/// a page and has nobody beside it gives nothing: no PCI function answers in the rest.
[[nodiscard]] std::optional<std::string> page_neighbour(const PciFunction& function,
                                                        const RegionInfo& region);

}  // namespace openbar::sysfs
