/// Memory for a device with no IOMMU behind it, which reaches every byte of the machine by its
/// physical address.
///
/// Such addresses have to stay true while the device uses them. Ordinary pages do not: the kernel
/// moves them to make room for large ones, also those locked by mlock (compaction; Linux,
/// Documentation/mm/unevictable-lru.rst). Pages of hugetlbfs stay where they are unless an
/// administrator takes memory offline or migrates them, so that these are what is used here, and
/// what can be pinned. Where they are only CAP_SYS_ADMIN may ask (/proc/self/pagemap).
#pragma once

#include "openbar/device.hpp"

#include "dma/device_memory.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace openbar::dma {

/// Whether the PCI function at `address` in that IOMMU group (or in none) can use physical
/// addresses in this process.
[[nodiscard]] Capability physical_memory_for(std::optional<std::uint32_t> iommu_group,
                                             const std::string& address);

[[nodiscard]] Result<DeviceMemory> allocate_physical(std::uint64_t size,
                                                     const DmaConstraints& constraints,
                                                     std::shared_ptr<const void> keeps);

[[nodiscard]] Result<DeviceMemory> pin_physical(std::span<std::byte> memory,
                                                const PinOptions& options,
                                                std::shared_ptr<const void> keeps);

}  // namespace openbar::dma
