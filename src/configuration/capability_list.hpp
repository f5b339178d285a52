/// The capability list of a configuration space, whoever reads it.
#pragma once

#include "openbar/configuration.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace openbar::configuration {

/// One access of `width` bytes.
using Read = std::function<Result<std::uint64_t>(std::uint64_t offset, unsigned width)>;

/// `Configuration::capabilities` of a space of `size` bytes.
[[nodiscard]] Result<std::vector<PciCapability>> walk_capabilities(const Read& read,
                                                                   std::uint64_t size);

/// Where the entries of the MSI-X table are: 16 bytes for each vector.
struct MsixTable {
    RegionIndex region = 0;
    Range entries;
};

/// Empty: the function has none. Source: PCI Local Bus Specification 3.0, 6.8.2.
[[nodiscard]] Result<std::optional<MsixTable>> find_msix_table(const Read& read);

}  // namespace openbar::configuration
