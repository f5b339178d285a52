/// `find_pci_function` for operations that add themselves what they attempt.
#pragma once

#include "openbar/pci.hpp"

namespace openbar::pci {

/// Each system has its own.
[[nodiscard]] Result<PciFunction> look_up(const PciAddress& address);
[[nodiscard]] Result<PciFunction> look_up(const PciId& id);

}  // namespace openbar::pci
