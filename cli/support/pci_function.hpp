/// The PCI function that a device address names, for commands that do not open it.
#pragma once

#include "openbar/pci.hpp"

namespace openbar::cli {

/// Takes PCI addresses and pci:VENDOR:DEVICE. Errors: not_found; ambiguous; unsupported (the
/// address names no PCI function), with `attempted` for its message.
[[nodiscard]] Result<PciFunction> find_function(const DeviceAddress& device,
                                                std::string_view attempted);

}  // namespace openbar::cli
