/// A reset of a whole bus or slot: VFIO_DEVICE_PCI_HOT_RESET in linux/vfio.h.
#pragma once

#include "backends/vfio/opened_device.hpp"

#include <vector>

namespace openbar::vfio {

/// Resets the bus or slot of the device, and returns the functions on it. All of them must be bound
/// to VFIO, and their groups (by iommufd: they themselves) be this program's. Errors: unsupported
/// (the bus cannot be reset); busy.
[[nodiscard]] Result<std::vector<PciAddress>> hot_reset(const OpenedDevice& opened);

}  // namespace openbar::vfio
