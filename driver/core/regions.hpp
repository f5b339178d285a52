/// The regions of a device: which resource is which BAR, and which pages of it may be mapped.
///
///     Region regions[OPENBAR_MAX_REGIONS]{};
///     Status status = find_regions(resources, configuration, page_size, regions);
#pragma once

#include "driver/core/configuration.hpp"
#include "driver/core/device.hpp"

#include <cstdint>

namespace openbar::driver {

struct Region {
    std::uint8_t kind = OPENBAR_REGION_ABSENT;
    std::uint32_t flags = 0;     ///< openbar_region_flag
    std::uint64_t physical = 0;  ///< first byte or port
    std::uint64_t size = 0;
    std::uint32_t mappable_count = 0;
    openbar_range mappable[OPENBAR_MAX_MAPPABLE]{};
    std::uint64_t protected_offset = 0;  ///< bytes that no request may write: the MSI-X table
    std::uint64_t protected_length = 0;
    /// One for all of it, because a page can have only one.
    MemoryType type = MemoryType::uncached;
};

/// The memory type that a mapping of the region gets, if it is the first: stores merged or loads
/// repeated are harmless only where the device says so; and no device memory is ever cached,
/// because nothing keeps such a cache coherent.
[[nodiscard]] MemoryType type_for(const Region& region, std::uint32_t asked);

/// Distinguishes BARs by what the configuration space says they hold, since the resource list has
/// no BAR numbers. Errors: invalid (a range that is empty or wraps), device (the ranges cannot be
/// told apart, so that the MSI-X table could not be kept safe).
[[nodiscard]] Status find_regions(const Resources& resources, const Configuration& configuration,
                                  std::uint32_t page_size, Region (&regions)[OPENBAR_MAX_REGIONS]);

/// Whether whole pages around [offset, offset + length) may be mapped; then `first` and `pages`
/// say which bytes of the region that is.
[[nodiscard]] Status pages_to_map(const Region& region, std::uint64_t offset, std::uint64_t length,
                                  std::uint32_t page_size, std::uint64_t& first,
                                  std::uint64_t& bytes);

}  // namespace openbar::driver
