/// Whether a request makes sense for a region: the one place where offsets, lengths and widths are
/// checked, before anything is asked of a back end.
#pragma once

#include "openbar/device.hpp"

#include <optional>
#include <string_view>

namespace openbar {

/// "bar0 of 0000:00:04.0"
[[nodiscard]] std::string describe_region(const RegionInfo& region, const DeviceInfo& device);
/// "read bar0 of 0000:00:04.0"
[[nodiscard]] std::string describe_attempt(std::string_view verb, const RegionInfo& region,
                                           const DeviceInfo& device);

/// Why `part` cannot be read or written in elements of `width` bytes; empty where it can.
[[nodiscard]] std::optional<Error> refuse_access(std::string_view verb, const RegionInfo& region,
                                                 const DeviceInfo& device, Range part,
                                                 unsigned width);

/// `unsupported`, with the reason and the hint of what the device does not offer.
[[nodiscard]] Error not_offered(const Capability& capability, std::string attempted);

/// Why `part` cannot be mapped; empty where it can.
[[nodiscard]] std::optional<Error> refuse_map(const RegionInfo& region, const DeviceInfo& device,
                                              Range part, bool writable);

}  // namespace openbar
