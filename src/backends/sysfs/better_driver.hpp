/// Which kernel driver would let openbar do more with a function.
#pragma once

#include "openbar/pci.hpp"

#include <string>

namespace openbar::sysfs {

/// Whether there is a bus behind the function: a bridge to PCI or CardBus, a port of PCI Express.
[[nodiscard]] bool is_bridge(const PciFunction& function) noexcept;

/// "openbar bind 0000:03:00.0 vfio-pci", or uio_pci_generic where no IOMMU confines the function.
/// Empty for a bridge: VFIO takes none (drivers/vfio/pci/vfio_pci_core.c of the Linux kernel,
/// vfio_pci_core_register_device), and what is behind it needs the bridge's own driver.
[[nodiscard]] std::string command_that_binds_better(const PciFunction& function);

}  // namespace openbar::sysfs
