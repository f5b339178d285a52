/// The PCI function that a device address names, for commands that do not open it.
#pragma once

#include "openbar/pci.hpp"

namespace openbar::cli {

/// Takes PCI addresses and pci:VENDOR:DEVICE. Errors: not_found; ambiguous; unsupported (the
/// address is not that of a PCI function).
[[nodiscard]] Result<PciFunction> find_function(const DeviceAddress& device);

}  // namespace openbar::cli
