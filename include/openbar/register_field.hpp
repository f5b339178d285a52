/// A field: some neighbouring bits of a register, under a name and with a type.
///
///     enum class Speed : std::uint8_t { slow, fast, faster };
///
///     struct Control : openbar::Register<Control, 0x00, std::uint32_t> {
///         struct Divider : Field<31, 24> {};                      // a number of 8 bits
///         struct Offset : Field<23, 16, openbar::Signed> {};      // -128 to 127
///         struct Rate : Field<5, 4, Speed> {};                    // an enumeration in 2 bits
///         struct Ready : Flag<1, openbar::ReadOnly> {};           // a bool that cannot be set
///         struct Enable : Flag<0> {};                             // a bool
///         using Fields = openbar::FieldList<Divider, Offset, Rate, Ready, Enable>;
///     };
///
///     registers.write<Control>(Control::Divider{200}, Control::Rate{Speed::fast});
///     openbar::Value<Control> image(Control::Divider{200}, Control::Rate{Speed::fast});
///     std::cout << image << "\n";                              // prints 0xc8000010 Divider=200 …
///
/// Bit bounds are in data-sheet order, the high bit first. A number is a `std::uint32_t`, or a
/// `std::uint64_t` if it has more than 32 bits; with `Signed` an `std::int32_t` or `std::int64_t`.
/// A one-bit `Field` is a number, a `Flag` a bool. An enumerated field may hold any value that fits
/// its bits, named or not: cards do that.
///
/// A constant in braces is checked by the compiler, a number known only at run time when the
/// program runs: `Divider{openbar::checked(n)}` (see `checked.hpp`).
///
/// `Fields` is optional. It gives the fields of the register at run time: streams print them, and
/// `fields_of<Control>()` lists them (`register_print.hpp`).
///
/// Several registers with the same bits (status, mask, set, clear) can share them:
///
///     struct Events : openbar::FieldGroup<Events, std::uint32_t> {
///         struct LinkChanged : Flag<2> {};
///     };
///     struct EventStatus : openbar::Register<EventStatus, 0xc0, std::uint32_t, openbar::ReadOnly>,
///                          Events {};
///     struct EventMask : openbar::Register<EventMask, 0xd0, std::uint32_t>, Events {};
///     registers.write<EventMask>(EventMask::LinkChanged{true});
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/checked.hpp"
#include "openbar/register_name.hpp"
#include "openbar/register_policy.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace openbar {
namespace detail {

/// The C++ type of a field: the enumeration or bool among its options, or else a number.
template <unsigned Width, typename... Options>
struct FieldType {
    using Type = std::conditional_t<(Width > 32), std::uint64_t, std::uint32_t>;
};
template <unsigned Width, typename First, typename... Rest>
struct FieldType<Width, First, Rest...> : FieldType<Width, Rest...> {};
template <unsigned Width, typename... Rest>
struct FieldType<Width, Signed, Rest...> {
    using Type = std::conditional_t<(Width > 32), std::int64_t, std::int32_t>;
};
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

// `Enum{0}` is well-formed only if the underlying type is fixed ([dcl.init.list]).
template <typename Enum>
inline constexpr bool has_fixed_underlying_type = !std::is_enum_v<Enum> || requires {
    Enum{0};
};

/// An integer, or an enumerator that converts to one.
template <typename T>
inline constexpr bool is_number = std::is_integral_v<T> ||
                                  (std::is_enum_v<T> && std::is_convertible_v<T, int>);

// Not constexpr: the compiler names it where a constant is refused.
inline void the_value_does_not_fit_the_field() {}

/// Every field derives from this.
struct FieldTag {};

/// A field with a value for it; the type alone names the field.
template <typename DeclaredIn, typename Word, typename ValueType, unsigned High, unsigned Low,
          bool Settable>
class FieldValue : FieldTag {
    using Bits = BitRange<High, Low>;

public:
    using Owner = DeclaredIn;
    using Type = ValueType;
    using Image = Word;
    static constexpr unsigned high = High;
    static constexpr unsigned low = Low;
    static constexpr std::uint64_t mask = Bits::mask;
    static constexpr bool settable = Settable;
    static constexpr bool is_signed = std::is_signed_v<Type>;
    /// Of the numbers that the field can hold.
    static constexpr std::uint64_t highest = (mask >> Low) >> (is_signed ? 1 : 0);
    static constexpr std::int64_t lowest =
        is_signed ? -static_cast<std::int64_t>(highest) - 1 : std::int64_t{0};

    FieldValue() = delete;

    /// A constant, checked by the compiler.
    template <typename Constant>
    consteval FieldValue(Constant constant)  // NOLINT: implicit, for Divider{200}
        : bits_(encode(constant)) {
        static_assert(!is_enumeration || std::is_same_v<Constant, Type>,
                      "the value is not of the field's enumeration");
        static_assert(is_enumeration || is_number<Constant>, "the value is not a number");
        if constexpr (is_number<Constant> || std::is_enum_v<Constant>) {
            if (!lies_in(constant, lowest, highest)) the_value_does_not_fit_the_field();
        }
    }

    /// A number known at run time. Throws `Exception` (out_of_range) if it does not fit.
    template <typename Number>
    [[gnu::always_inline]] constexpr FieldValue(
        Checked<Number> number)  // NOLINT: implicit, for Divider{checked(n)}
        : bits_(encode(number.value)) {
        static_assert(!is_enumeration || std::is_same_v<Number, Type>,
                      "the value is not of the field's enumeration");
        static_assert(is_enumeration || is_number<Number>, "the value is not a number");
        if constexpr (is_number<Number> || std::is_enum_v<Number>) {
            require_fit<FieldValue>(number.value);
        }
    }

    [[nodiscard]] constexpr Type value() const noexcept { return decode(bits_); }

    /// The field's bits at their place in the register's image, all others zero.
    [[nodiscard]] constexpr Word bits() const noexcept { return bits_; }

    /// The field's value in the image of a register.
    [[nodiscard]] static constexpr Type decode(Word image) noexcept {
        const auto in_place = static_cast<Word>(image & static_cast<Word>(mask));
        const auto raw = static_cast<Word>(in_place >> Low);
        if constexpr (std::is_same_v<Type, bool>) {
            return in_place != 0;
        } else if constexpr (is_signed) {
            constexpr unsigned above = std::numeric_limits<Type>::digits - (High - Low);
            return static_cast<Type>(
                static_cast<Type>(static_cast<std::make_unsigned_t<Type>>(raw) << above) >> above);
        } else {
            return static_cast<Type>(raw);
        }
    }

    [[nodiscard]] static constexpr Limits limits() noexcept {
        return {Limits::For::field, register_name<Owner>(), lowest, highest, High, Low};
    }

private:
    static constexpr bool is_enumeration = std::is_enum_v<Type>;

    template <typename From>
    static constexpr Word encode([[maybe_unused]] From value) noexcept {
        if constexpr (std::is_integral_v<From> || std::is_enum_v<From>) {
            const auto number = static_cast<std::uint64_t>(number_of(value));
            return static_cast<Word>((number << Low) & mask);
        } else {
            return 0;
        }
    }

    Word bits_;
};

template <typename F>
concept FieldSetting = std::is_base_of_v<FieldTag, F>;

/// Checks a declaration, so that the compiler reports a mistake at its line.
template <typename Owner, typename Word, unsigned High, unsigned Low, typename... Options>
struct FieldDeclaration {
    static_assert(High >= Low, "bits are given as <high, low>: the high bit comes first");
    static_assert(High < std::numeric_limits<Word>::digits,
                  "the field lies outside the register: its high bit is past the register's width");
    static_assert(((std::is_enum_v<Options> || has_option<Options, ReadOnly, Signed, bool>)&&...),
                  "options of a field are an enumeration, Signed and ReadOnly; WriteOneToClear, "
                  "WriteOnlyBits and reserved bits are options of the register, because modify() "
                  "must honour them whether or not the program names the field");
    using ValueType = typename FieldType<High - Low + 1, Options...>::Type;
    static_assert(has_fixed_underlying_type<ValueType>,
                  "give the enumeration an underlying type (enum class Speed : std::uint8_t), so "
                  "that every value that a card may hold is a value of it");
    static_assert(enumeration_holds<ValueType, High - Low + 1>(),
                  "the enumeration's underlying type is narrower than the field");
    using Type = FieldValue<Owner, Word, ValueType, High, Low, !has_option<ReadOnly, Options...>>;
};

/// Gives a register, or a group of fields, its `Field` and `Flag`.
template <typename Owner, typename Word>
struct FieldsOf {
    template <unsigned High, unsigned Low, typename... Options>
    using Field = typename FieldDeclaration<Owner, Word, High, Low, Options...>::Type;
    template <unsigned Bit, typename... Options>
    using Flag = typename FieldDeclaration<Owner, Word, Bit, Bit, bool, Options...>::Type;
};

}  // namespace detail

/// Fields that several registers share: derive the group from this and the registers from both.
template <typename Group, AccessWidth Word>
struct FieldGroup : detail::FieldsOf<Group, Word> {};

/// The fields of a register or group, in the order in which they are printed.
template <typename... F>
struct FieldList {};

/// In place of a field's value, for `write`, `modify` and `Value::set`: makes the field zero in the
/// device, by writing ones or zeros as the register's options say.
///
///     struct Events : openbar::Register<Events, 0xc0, std::uint32_t,
///                                       openbar::WriteOneToClear<7, 0>> {
///         struct LinkChanged : Flag<2> {};
///     };
///     registers.modify<Events>(openbar::clear<Events::LinkChanged>);
template <typename F>
struct Clear {
    using Field = F;
};
template <typename F>
inline constexpr Clear<F> clear{};

}  // namespace openbar
