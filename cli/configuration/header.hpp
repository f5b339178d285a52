/// The registers of the header, at 0x00 to 0x3f of every configuration space.
#pragma once

#include "cli/configuration/fields.hpp"

namespace openbar::cli {

/// The registers of a header of that type (bits 6…0 of header_type): 0 for devices, 1 for bridges
/// between PCI buses; of other types those that all have in common.
[[nodiscard]] std::vector<RegisterLayout> header_layout(std::uint8_t header_type);

/// A register that only the header of a bridge has, by its name in setpci; null: none.
[[nodiscard]] const RegisterLayout* find_bridge_register(std::string_view name);

}  // namespace openbar::cli
