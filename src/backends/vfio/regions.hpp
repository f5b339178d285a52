/// The regions and vectors that VFIO reports for a device.
#pragma once

#include "openbar/device.hpp"
#include "openbar/pci.hpp"

#include <cstdint>
#include <vector>

namespace openbar::vfio {

/// A region, and what only the back end has to know of it.
struct Region {
    RegionInfo info;
    std::uint64_t file_offset = 0;  ///< where its bytes are in the device's descriptor
    Range msix_table{};             ///< the part that holds the MSI-X table; else empty
};

/// Regions of size 0 are left out. `device` is the VFIO device descriptor; `function` gives what
/// VFIO does not tell: kinds, physical addresses, prefetchability.
[[nodiscard]] Result<std::vector<Region>> read_regions(int device, const PciFunction& function);

/// MSI-X, MSI and INTx, in this order, where present.
[[nodiscard]] std::vector<VectorInfo> read_vectors(int device);

}  // namespace openbar::vfio
