/// A field: some neighbouring bits of a register, under a name and with a type.
///
///     enum class Speed : std::uint8_t { slow, fast, faster };
///
///     struct Control : openbar::Register<0x00, std::uint32_t> {
///         using Divider = Field<31, 24>;                   // a number of 8 bits
///         using Speed   = Field<5, 4, demo::Speed>;        // an enumerated field of 2 bits
///         using Enable  = Flag<0>;                         // a bool
///         using Ready   = Flag<1, openbar::ReadOnly>;      // a bool that cannot be set
///     };
///
/// Bit bounds are in data-sheet order, the high bit first. A number is a `std::uint32_t`, or a
/// `std::uint64_t` where it has more than 32 bits; a one-bit `Field` is a number, a `Flag` a bool.
/// An enumerated field may hold any value that fits its bits, named or not: cards do that.
///
/// Several registers with the same bits (status, mask, set, clear) can share them:
///
///     struct Events : openbar::FieldGroup<Events, std::uint32_t> {
///         using LinkChanged = Flag<2>;
///     };
///     struct EventStatus : openbar::Register<0xc0, std::uint32_t, openbar::ReadOnly>, Events {};
///     struct EventMask   : openbar::Register<0xd0, std::uint32_t>, Events {};
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/register_policy.hpp"

#include <cstdint>
#include <limits>
#include <type_traits>

namespace openbar {
namespace detail {

/// What a declared field is: an empty type that a program names and passes, but never fills.
template <typename DeclaredIn, typename ValueType, unsigned High, unsigned Low, bool Settable>
struct FieldDescription : BitRange<High, Low> {
    using Owner = DeclaredIn;
    using Type = ValueType;
    static constexpr bool settable = Settable;
    static constexpr std::uint64_t maximum = BitRange<High, Low>::mask >> Low;
};

/// The C++ type of a field: the enumeration or bool among its options, or else a number.
template <unsigned Width, typename... Options>
struct FieldType {
    using Type = std::conditional_t<(Width > 32), std::uint64_t, std::uint32_t>;
};
template <unsigned Width, typename First, typename... Rest>
struct FieldType<Width, First, Rest...> : FieldType<Width, Rest...> {};
template <unsigned Width, typename First, typename... Rest>
requires std::is_enum_v<First> || std::same_as<First, bool>
struct FieldType<Width, First, Rest...> {
    using Type = First;
};

/// Whether every value of `Width` bits is a value of the enumeration.
template <typename Enum, unsigned Width>
constexpr bool enumeration_holds() {
    if constexpr (std::is_enum_v<Enum>) {
        return std::numeric_limits<std::underlying_type_t<Enum>>::digits >= static_cast<int>(Width);
    } else {
        return true;
    }
}

// `Enum{0}` is well-formed only where the underlying type is fixed ([dcl.init.list]).
template <typename Enum>
inline constexpr bool has_fixed_underlying_type = !std::is_enum_v<Enum> || requires {
    Enum{0};
};

/// Checks a declaration where it stands, so that a slip is reported at the line that has it.
template <typename Owner, typename Integer, unsigned High, unsigned Low, typename... Options>
struct FieldDeclaration {
    static_assert(High >= Low, "bits are given as <high, low>: the high bit comes first");
    static_assert(High < std::numeric_limits<Integer>::digits,
                  "the field lies outside the register: its high bit is past the register's width");
    static_assert(((std::is_enum_v<Options> || has_option<Options, ReadOnly, bool>)&&...),
                  "options of a field are an enumeration and ReadOnly; WriteOneToClear, "
                  "WriteOnlyBits and reserved bits are options of the register, because modify() "
                  "has to honour them whether or not the program names the field");
    using ValueType = typename FieldType<High - Low + 1, Options...>::Type;
    static_assert(has_fixed_underlying_type<ValueType>,
                  "give the enumeration an underlying type (enum class Speed : std::uint8_t), so "
                  "that every value that a card may hold is a value of it");
    static_assert(enumeration_holds<ValueType, High - Low + 1>(),
                  "the enumeration's underlying type is narrower than the field");
    using Type = FieldDescription<Owner, ValueType, High, Low, !has_option<ReadOnly, Options...>>;
};

/// Gives a register, or a group of fields, its `Field` and `Flag`.
template <typename Owner, typename Integer>
struct FieldsOf {
    template <unsigned High, unsigned Low, typename... Options>
    using Field = typename FieldDeclaration<Owner, Integer, High, Low, Options...>::Type;
    template <unsigned Bit, typename... Options>
    using Flag = typename FieldDeclaration<Owner, Integer, Bit, Bit, bool, Options...>::Type;
};

}  // namespace detail

/// Fields that several registers share: derive the group from this and the registers from both.
template <typename Group, AccessWidth Integer>
struct FieldGroup : detail::FieldsOf<Group, Integer> {};

}  // namespace openbar
