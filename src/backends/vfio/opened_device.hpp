/// An open device of VFIO, and the memory that it may reach.
///
/// The kernel has two interfaces: groups (`open_by_group.cpp`), and iommufd with a node for each
/// device (`iommufd.cpp`). A kernel may be built with either of them, or both. openbar takes groups if
/// it can, because every kernel with VFIO before 6.6 has only them.
#pragma once

#include "openbar/pci.hpp"
#include "openbar/result.hpp"
#include "openbar/vf_token.hpp"

#include "dma/address_space.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace openbar::vfio {

enum class Way : bool { group, iommufd };

struct OpenedDevice {
    int device = -1;  ///< its descriptor, open as long as `memory` has an owner
    /// Shared by the functions of one group in one program.
    std::shared_ptr<dma::AddressSpace> memory;
    Way way = Way::group;
};

/// Errors: busy, also if this program has the function open already: the kernel would allow it, and
/// the two would take each other's interrupts away; permission_denied; unsupported.
[[nodiscard]] Result<OpenedDevice> open_device(const PciFunction& function,
                                               const std::optional<VfToken>& token);

/// Through /dev/vfio/GROUP.
[[nodiscard]] Result<OpenedDevice> open_by_group(const PciFunction& function,
                                                 const std::optional<VfToken>& token);

/// The descriptors of groups that this program has open, which stay open as long as the result.
/// Error: busy, if it has one of them not open.
[[nodiscard]] Result<std::vector<std::shared_ptr<const void>>> hold_groups(
    std::span<const std::uint32_t> numbers, std::vector<int>& descriptors);

/// The error for a refusal by `call`, also on account of the token.
/// Source: vfio_pci_validate_vf_token in drivers/vfio/pci/vfio_pci_core.c. Kernels before 5.7 take
/// the token for a part of the name.
[[nodiscard]] Error refused_device(int error, std::string_view call, const PciFunction& function,
                                   bool with_token);

}  // namespace openbar::vfio
