/// VFIO's mode for machines without an IOMMU (enable_unsafe_noiommu_mode of the Linux kernel's
/// module vfio). It gives a device to a program with nothing to confine its DMA; the kernel makes a
/// group for it when vfio-pci takes it, opened by /dev/vfio/noiommu-N. openbar does not open such
/// groups.
#pragma once

#include "openbar/address.hpp"

#include <cstdint>

namespace openbar::vfio {

/// Whether the kernel would let vfio-pci take a function that no IOMMU confines.
[[nodiscard]] bool goes_without_iommu();

/// Whether the function is in a group which that mode has made.
[[nodiscard]] bool is_without_iommu(const PciAddress& address);

/// How many groups there are behind a real IOMMU.
[[nodiscard]] std::uint64_t count_iommu_groups();

}  // namespace openbar::vfio
