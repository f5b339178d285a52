/// The driver's description of a device, in the library's own terms.
#pragma once

#include "openbar/device.hpp"

#include "driver/interface/openbar_ioctl.h"

#include <optional>
#include <vector>

namespace openbar::windows {

[[nodiscard]] std::optional<PciAddress> address_of(const openbar_description& description);
[[nodiscard]] std::optional<PciIdentity> identity_of(const openbar_description& description);
/// The present ones, by rising index.
[[nodiscard]] std::vector<RegionInfo> regions_of(const openbar_description& description);
/// `msix`: which kind of messages it is; Windows chooses, and the driver does not tell.
[[nodiscard]] std::vector<VectorInfo> vectors_of(const openbar_description& description, bool msix);
[[nodiscard]] Capabilities capabilities_of(const openbar_description& description);

[[nodiscard]] MemoryType memory_type_of(std::uint32_t type);
[[nodiscard]] std::uint32_t contract_type_of(MemoryType type);

}  // namespace openbar::windows
