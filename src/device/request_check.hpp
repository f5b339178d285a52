/// Whether a request makes sense for a region: the one place where offsets, lengths and widths are
/// checked, before anything is asked of a back end. And how errors name a request.
#pragma once

#include "openbar/device.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace openbar {

enum class Direction : std::uint8_t { read, write };

/// "bar0 of 0000:00:04.0"
[[nodiscard]] std::string describe_region(const RegionInfo& region, const DeviceInfo& device);
/// "read 4 bytes at 0x10 of bar0 of 0000:00:04.0"
[[nodiscard]] std::string describe_access(Direction direction, Range part, const RegionInfo& region,
                                          const DeviceInfo& device);

/// Error: not_found, with a list of the regions.
[[nodiscard]] Result<const RegionInfo*> find_region(const DeviceInfo& device, RegionIndex index);

/// Whether `part` can be read or written in elements of `width` bytes.
[[nodiscard]] Result<void> check_access(Direction direction, const RegionInfo& region, Range part,
                                        unsigned width);

/// Whether `part` can be mapped.
[[nodiscard]] Result<void> check_map(const RegionInfo& region, Range part, bool writable);

/// Of back ends other than vfio. Error: unsupported.
[[nodiscard]] Result<void> require_no_vf_token(const OpenOptions& options);

/// `unsupported`, with the capability's reason and hint.
[[nodiscard]] Error not_offered(const Capability& capability);

}  // namespace openbar
