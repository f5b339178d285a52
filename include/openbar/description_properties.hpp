/// The properties of a described register or field: its access, and the effects of an access.
///
///     auto card = openbar::Description::read("card.svd").value();
///     auto enable = card.find_field("RX[0].CTRL.ENABLE").value().field;
///     std::cout << to_string(enable.access()) << "\n";             // prints read-write
///     if (enable.write_effect() == openbar::description::WriteEffect::one_to_clear) return 1;
///
/// `description.hpp` has the registers themselves.
#pragma once

#include "openbar/standard.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace openbar::description {

/// The accesses that software may make.
enum class Access : std::uint8_t {
    none,
    read_only,
    write_only,
    read_write,
    write_once,       ///< only the first write after reset counts; cannot be read
    read_write_once,  ///< only the first write after reset counts
};

/// The side effect of a read.
enum class ReadEffect : std::uint8_t {
    none,
    clear,  ///< the bits that are read become 0
    set,    ///< the bits that are read become 1
    other,  ///< something else in the card changes: a queue moves on, another register clears
};

/// The effect of a written bit. `none`: the bit takes the written value.
enum class WriteEffect : std::uint8_t {
    none,
    one_to_clear,  ///< W1C: a 1 clears the bit, a 0 leaves it
    one_to_set,
    one_to_toggle,
    zero_to_clear,  ///< W0C: a 0 clears the bit, a 1 leaves it
    zero_to_set,
    zero_to_toggle,
    clear,  ///< any write clears all bits
    set,    ///< any write sets all bits
    other,  ///< something that no description format has a word for
};

enum class ByteOrder : std::uint8_t { little, big };

std::string_view to_string(Access access) noexcept;       ///< "none", "read-only", …
std::string_view to_string(ReadEffect effect) noexcept;   ///< "none", "clear", …
std::string_view to_string(WriteEffect effect) noexcept;  ///< "none", "one-to-clear", …
std::string_view to_string(ByteOrder order) noexcept;     ///< "little", "big"

/// The value of that name, as `to_string` spells it.
std::optional<Access> access_named(std::string_view name) noexcept;
std::optional<ReadEffect> read_effect_named(std::string_view name) noexcept;
std::optional<WriteEffect> write_effect_named(std::string_view name) noexcept;
std::optional<ByteOrder> byte_order_named(std::string_view name) noexcept;

[[nodiscard]] constexpr bool readable(Access access) noexcept {
    return access == Access::read_only || access == Access::read_write ||
           access == Access::read_write_once;
}
[[nodiscard]] constexpr bool writable(Access access) noexcept {
    return access != Access::none && access != Access::read_only;
}

}  // namespace openbar::description
