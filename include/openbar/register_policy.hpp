/// The options of a register: its properties in the data sheet, apart from its fields.
///
///     struct Cause : openbar::Register<Cause, 0x24, std::uint32_t, openbar::ReadToClear> {};
///     struct Events : openbar::Register<Events, 0x10, std::uint32_t,
///                                       openbar::WriteOneToClear<15, 0>,
///                                       openbar::ReservedZero<31, 24>> {
///         struct LinkChanged : Flag<2> {};
///     };
///
///     registers.modify<Events>(openbar::clear<Events::LinkChanged>);
///
/// Bit ranges are in data-sheet order, high bit first; a single bit is one number. They are options
/// of the register because `modify` and `write` must honour them whether or not the program names
/// the field.
///
/// | option | `read` | `write` of fields | `modify` |
/// | --- | --- | --- | --- |
/// | `ReadOnly` | | refused | refused |
/// | `WriteOnly` | refused | | refused |
/// | `ReadToClear`, `ReadHasEffects` | has the effect | | refused: its read would have the effect |
/// | `WriteOneToClear<15, 0>` | | 0 there, except with `clear<Field>` | the same |
/// | `WriteZeroToClear<15, 0>` | | 1 there, except with `clear<Field>` | the same |
/// | `WriteOneToSet<15, 0>` | | 0 there, unless the field is named | the same |
/// | `WriteOnlyBits<31>` | field: refused | 0 there, unless the field is named | the same |
/// | `ReservedZero<31, 24>` | | forced to 0 | forced to 0 |
/// | `ReservedOne<1>` | | forced to 1 | forced to 1 |
/// | none of them | | of the reset value | as read |
///
/// `write` of a number writes the number; only reserved bits are forced.
#pragma once

#include "openbar/standard.hpp"

#include <bit>
#include <concepts>
#include <cstdint>

namespace openbar {

/// A run of bits, both ends included. The options below derive from it.
template <unsigned High, unsigned Low>
struct BitRange {
    static_assert(High >= Low, "bits are given as <high, low>: the high bit comes first");
    static_assert(High < 64, "no register has more than 64 bits");
    static constexpr unsigned high = High;
    static constexpr unsigned low = Low;
    static constexpr std::uint64_t mask = (~0ull >> (63 - High)) & (~0ull << Low);
};

/// The register cannot be written. As an option of a field: the field cannot be set.
struct ReadOnly {};

/// A read of the register returns a meaningless value.
struct WriteOnly {};

/// A read clears the register.
struct ReadToClear {};

/// A read changes the device, for instance takes a byte out of a FIFO.
struct ReadHasEffects {};

/// The register is big-endian on the bus. Values are swapped on the way; the program sees numbers.
struct BigEndian {};

/// A 64-bit register that is reached by two accesses of 32 bits, its low half first. The low half
/// lies at the register's offset and the high one 4 bytes further (big-endian: the other way).
struct LowHalfFirst {};
/// The same, its high half first.
struct HighHalfFirst {};

/// As an option of a field: its highest bit is a sign (two's complement).
struct Signed {};

/// The value after a reset, with which `write` of fields starts. Without this option: zero.
template <std::uint64_t Value>
struct ResetValue {
    static constexpr std::uint64_t value = Value;
};

/// A one in these bits is an event; writing a one clears it, writing a zero does nothing.
template <unsigned High, unsigned Low = High>
struct WriteOneToClear : BitRange<High, Low> {};

/// Writing a zero there clears the event; writing a one does nothing.
template <unsigned High, unsigned Low = High>
struct WriteZeroToClear : BitRange<High, Low> {};

/// Writing a one there sets the bit; writing a zero does nothing.
template <unsigned High, unsigned Low = High>
struct WriteOneToSet : BitRange<High, Low> {};

/// Commands, for example: these bits read as a meaningless value, which must not be written back.
template <unsigned High, unsigned Low = High>
struct WriteOnlyBits : BitRange<High, Low> {};

/// The data sheet says: reserved, write as zero.
template <unsigned High, unsigned Low = High>
struct ReservedZero : BitRange<High, Low> {};

/// The data sheet says: reserved, write as one.
template <unsigned High, unsigned Low = High>
struct ReservedOne : BitRange<High, Low> {};

namespace detail {

template <typename T, typename... Options>
inline constexpr bool has_option = (std::same_as<T, Options> || ...);

template <template <unsigned, unsigned> typename Kind, typename Option>
inline constexpr std::uint64_t mask_of = 0;
template <template <unsigned, unsigned> typename Kind, unsigned High, unsigned Low>
inline constexpr std::uint64_t mask_of<Kind, Kind<High, Low>> = Kind<High, Low>::mask;

/// All bits to which an option of that kind applies.
template <template <unsigned, unsigned> typename Kind, typename... Options>
inline constexpr std::uint64_t bits_with = (mask_of<Kind, Options> | ... | std::uint64_t{0});

template <typename Option>
inline constexpr std::uint64_t reset_value_of = 0;
template <std::uint64_t Value>
inline constexpr std::uint64_t reset_value_of<ResetValue<Value>> = Value;

template <typename Option>
inline constexpr bool is_reset_value = false;
template <std::uint64_t Value>
inline constexpr bool is_reset_value<ResetValue<Value>> = true;

template <typename Option>
concept BitOption = requires {
    Option::mask;
};

template <typename Option>
inline constexpr std::uint64_t option_bits = 0;
template <BitOption Option>
inline constexpr std::uint64_t option_bits<Option> = Option::mask;

template <typename Option>
inline constexpr bool is_register_option =
    has_option<Option, ReadOnly, WriteOnly, ReadToClear, ReadHasEffects, BigEndian, LowHalfFirst,
               HighHalfFirst> ||
    is_reset_value<Option> || mask_of<WriteOneToClear, Option> ||
    mask_of<WriteZeroToClear, Option> || mask_of<WriteOneToSet, Option> ||
    mask_of<WriteOnlyBits, Option> || mask_of<ReservedZero, Option> || mask_of<ReservedOne, Option>;

/// No bit has two options.
template <typename... Options>
inline constexpr bool options_are_disjoint = (std::popcount(option_bits<Options>) + ... +
                                              0) == std::popcount((option_bits<Options> | ... |
                                                                   std::uint64_t{0}));

}  // namespace detail
}  // namespace openbar
