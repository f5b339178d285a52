/// Marks a number that is known only at run time, where the compiler otherwise checks a constant.
///
///     struct Control : openbar::Register<Control, 0x00, std::uint32_t> {
///         struct Divider : Field<31, 24> {};
///     };
///     struct Entry : openbar::RegisterArray<Entry, 0x5400, 8, 16, std::uint32_t> {};
///
///     void start(const openbar::Registers& registers, unsigned divider, std::size_t entry) {
///         registers.write<Control>(Control::Divider{200});        // checked by the compiler
///         registers.write<Control>(Control::Divider{openbar::checked(divider)});   // at run time
///         registers.write<Entry>(openbar::checked(entry), 1);     // an index, too
///     }
///
///     start(registers, 17, 3);
///
/// The check is made in every build type. If a value does not fit, it throws `openbar::Exception`
/// (out_of_range) before any access to the device. With -fno-exceptions the program prints the
/// error and aborts. If the compiler can prove that the value fits (an 8-bit number for a field of
/// 8 bits, the index of a loop), it removes the check.
#pragma once

#include "openbar/result.hpp"

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace openbar {

/// The result of `checked`, for an integer, a bool or an enumerator.
template <typename T>
struct Checked {
    T value;
};

template <typename T>
requires std::integral<T> || std::is_enum_v<T>
[[nodiscard]] constexpr Checked<T> checked(T value) noexcept {
    return {value};
}

namespace detail {

/// The number of an integer or enumerator.
template <typename T>
[[nodiscard]] constexpr auto number_of(T value) noexcept {
    if constexpr (std::is_enum_v<T>) {
        return static_cast<std::underlying_type_t<T>>(value);
    } else if constexpr (std::same_as<T, bool>) {
        return static_cast<unsigned>(value);
    } else {
        return value;
    }
}

/// Whether a number of any integer type lies in [lowest, highest].
template <typename T>
[[nodiscard]] constexpr bool lies_in(T value, std::int64_t lowest, std::uint64_t highest) noexcept {
    const auto number = number_of(value);
    return std::cmp_greater_equal(number, lowest) && std::cmp_less_equal(number, highest);
}

/// The purpose of a number, and its limits.
struct Limits {
    enum class For { field, whole_register, index } purpose;
    std::string_view name;  ///< of the register, array or block
    std::int64_t lowest;
    std::uint64_t highest;
    unsigned high = 0;  ///< of a field
    unsigned low = 0;
};
/// `number` as 64 bits; a negative one as its two's complement.
[[nodiscard]] Error misfit(const Limits& limits, std::uint64_t number, bool negative);

/// Out of line, words and all: a check costs one branch.
template <typename Limited, typename T>
[[noreturn, gnu::cold, gnu::noinline]] void fail_misfit(T value) {
    const auto number = number_of(value);
    fail(misfit(Limited::limits(), static_cast<std::uint64_t>(number), std::cmp_less(number, 0)));
}

/// Fails, as `Result::value` does, if `value` does not lie in [Limited::lowest, Limited::highest].
template <typename Limited, typename T>
[[gnu::always_inline]] constexpr void require_fit(T value) {
    if (!lies_in(value, Limited::lowest, Limited::highest)) [[unlikely]]
        fail_misfit<Limited>(value);
}

}  // namespace detail
}  // namespace openbar
