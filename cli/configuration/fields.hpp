/// How the registers of the configuration space are laid out, as data, and what a value then says.
///
///     constexpr Field control_fields[] = {{0, 0, "Enable"}, {6, 4, "Size", "1,2,4,8"}};
///     decode(0x0021, control_fields)      →  Enable=+  Size=4
#pragma once

#include "openbar/configuration.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openbar::cli {

/// Some bits of a register. One bit reads as + or -; more as the entry of `names` (separated by
/// commas, for 0, 1, …; an empty one means the number), else as a decimal number.
struct Field {
    std::uint8_t high = 0;  ///< bit bounds, in data-sheet order
    std::uint8_t low = 0;
    std::string_view name;
    std::string_view names{};
    bool in_place = false;  ///< an address or offset: shown with the bits below it, in hexadecimal
};

/// What decides which registers a capability has.
struct CapabilityOwner {
    std::uint32_t header = 0;  ///< the capability's first 32 bits
    std::uint16_t vendor = 0;  ///< of the function
    std::uint16_t device = 0;
    std::optional<std::uint8_t>
        express_type{};  ///< PCI Express: the port type that it gives itself
};

/// A register at an offset from the start of the header or capability that it belongs to.
struct RegisterLayout {
    std::string_view name;
    std::uint16_t offset = 0;
    std::uint8_t width = 4;  ///< bytes
    std::span<const Field> fields{};
    bool (*present)(const CapabilityOwner& owner) = nullptr;  ///< null: it always is
};

using DecodedFields = std::vector<std::pair<std::string_view, std::string>>;
[[nodiscard]] DecodedFields decode(std::uint32_t value, std::span<const Field> fields);

/// A register as it was read.
struct DecodedRegister {
    std::string_view name;
    std::uint16_t offset = 0;  ///< from the start of the configuration space
    std::uint8_t width = 4;
    std::uint32_t value = 0;
    DecodedFields fields{};
};

/// Reads and decodes what `layout` describes, at `start`. Stops at the first error.
[[nodiscard]] Result<std::vector<DecodedRegister>> read_registers(
    const Configuration& configuration, std::uint16_t start, const CapabilityOwner& owner,
    std::span<const RegisterLayout> layout);

}  // namespace openbar::cli
