/// The registers of the header, at 0x00 to 0x3f of every configuration space.
#pragma once

#include "cli/configuration/fields.hpp"

namespace openbar::cli {

/// The registers of a header of that type (bits 6…0 of header_type): 0 for devices, 1 for bridges
/// between PCI buses, 2 for CardBus bridges; of other types those that all have in common.
[[nodiscard]] std::vector<RegisterLayout> header_layout(std::uint8_t header_type);

/// Adds the fields of bar0 … bar5, which depend on their values: memory or port I/O, and whether
/// the next one holds the upper half of the address.
void decode_base_addresses(std::span<DecodedRegister> registers);

/// A register that only the header of a bridge has, to PCI or to CardBus, by its name in setpci;
/// null: none.
[[nodiscard]] const RegisterLayout* find_bridge_register(std::string_view name);
[[nodiscard]] std::vector<std::string_view> bridge_register_names();

}  // namespace openbar::cli
