/// A place in the configuration space as people write it, as setpci takes it:
///
///     command         a register of the header, by name, in its own width
///     CAP_MSI+2.W     2 bytes into the MSI capability, 16 bits
///     CAP05           the capability with the id 5 (hexadecimal)
///     ECAP_AER+0x10   an extended capability, of PCI Express
///     CAP_VNDR@1      the second of its kind: they count from 0, as setpci's
///     0x40.B          an offset
///
/// Unlike setpci's, numbers are decimal or 0x…, as everywhere in openbar.
#pragma once

#include "openbar/configuration.hpp"

#include <optional>
#include <string_view>

namespace openbar::cli {

struct ConfigurationLocation {
    struct Capability {
        std::uint16_t id = 0;
        bool extended = false;
        std::uint64_t instance = 0;  ///< 0: the first of its kind
    };
    std::optional<Capability> capability{};  ///< what `offset` counts from; none: the header
    std::uint64_t offset = 0;
    unsigned width = 4;  ///< bytes
};

/// Error: invalid_argument, with a similar name where there is one.
[[nodiscard]] Result<ConfigurationLocation> parse_location(std::string_view text);

/// The offset from the start of the configuration space. Errors: not_found, where the device has no
/// such capability, which lists those that it has; out_of_range, where the place is behind the end.
[[nodiscard]] Result<std::uint64_t> resolve(const ConfigurationLocation& location,
                                            const Configuration& configuration);

}  // namespace openbar::cli
