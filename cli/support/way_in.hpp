/// By which back end a PCI function would be opened now, judged by its driver alone.
#pragma once

#include "openbar/pci.hpp"

#include <string_view>

namespace openbar::cli {

struct WayIn {
    std::string backend;  ///< "vfio", "uio", "sysfs", "windows"; "config" where only that is left
    std::string offers;   ///< in words
};

[[nodiscard]] WayIn way_into(const PciFunction& function);

}  // namespace openbar::cli
