/// Whether VFIO opens an IOMMU group: what the functions in it are bound to decides it.
///
///     for (const PciFunction& other : vfio::functions_in_the_way_of(group))
///         std::cout << other.address.to_string() << "\n";
#pragma once

#include "openbar/pci.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace openbar::vfio {

/// vfio-pci, or one of its variants for single cards (mlx5_vfio_pci, nvgrace_gpu_vfio_pci, …),
/// which offer programs the same.
[[nodiscard]] bool is_vfio_driver(std::string_view kernel_driver);

/// Whether a group stays viable with one of its functions bound to this driver (empty: to none).
/// Those drivers do no DMA, or are VFIO's: they set `driver_managed_dma` in the Linux
/// kernel, as vfio-pci, its variants, pci-stub and pcieport do.
[[nodiscard]] bool keeps_group_viable(std::string_view kernel_driver);

/// The functions of the group, by rising address, whose drivers keep VFIO from opening it. Empty:
/// it is viable, or this machine's functions cannot be listed.
[[nodiscard]] std::vector<PciFunction> functions_in_the_way_of(std::uint32_t group);

}  // namespace openbar::vfio
