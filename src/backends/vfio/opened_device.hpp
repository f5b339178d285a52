/// An open device of VFIO, and the memory that it may reach.
///
/// Two ways lead there: the group interface (`group.cpp`), and the newer iommufd, for which one
/// more file would implement `dma::Iommu` and `open_...` beside it.
#pragma once

#include "openbar/pci.hpp"
#include "openbar/result.hpp"

#include "dma/address_space.hpp"

#include <memory>

namespace openbar::vfio {

struct OpenedDevice {
    int device = -1;  ///< its descriptor, open as long as `memory` has an owner
    /// Shared by the functions of one group in one program.
    std::shared_ptr<dma::AddressSpace> memory;
};

/// Through /dev/vfio/GROUP. Errors: busy, also where this program has the function open already:
/// the kernel would let it, and the two would take each other's interrupts away.
[[nodiscard]] Result<OpenedDevice> open_by_group(const PciFunction& function);

}  // namespace openbar::vfio
