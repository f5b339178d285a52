/// The fields of a register at run time: as text, and as a list for tools.
///
///     registers.modify<edu::Status>(edu::Status::InterruptWhenDone{true});
///     std::cout << registers.read<edu::Status>() << "\n";
///     // prints 0x00000080 Computing=0 InterruptWhenDone=1
///     for (const openbar::FieldInfo& field : openbar::fields_of<edu::Status>())
///         std::cout << field.name << " [" << field.high << ":" << field.low << "]\n";
///     // prints Computing [0:0]
///
/// A register has the fields that it, or a group it derives from, lists:
/// `using Fields = openbar::FieldList<…>`. Without a list only its number is printed. Enumerators
/// are printed by name for fields of up to 6 bits, or if a function `to_string(Speed)` is found
/// by its argument; a value without a name is printed as a number.
#pragma once

#include "openbar/register.hpp"
#include "openbar/register_name.hpp"
#include "openbar/register_value.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace openbar {

/// One field of a register.
struct FieldInfo {
    std::string_view name;  ///< "Computing"
    unsigned high = 0;      ///< bits, both included
    unsigned low = 0;
    bool is_signed = false;
    bool settable = true;  ///< not declared `ReadOnly`
    bool readable = true;  ///< not one of the register's write-only bits
    /// The name of a value of an enumeration, or empty. `raw` is the field shifted down to bit 0.
    std::string_view (*enumerator)(std::uint64_t raw) = nullptr;
};

namespace detail {

template <typename Enum>
concept HasToString = requires(Enum value) {
    std::string_view(to_string(value));
};

template <typename Enum, std::size_t... Values>
constexpr std::string_view enumerator_among(std::uint64_t raw, std::index_sequence<Values...>) {
    constexpr std::array names{enumerator_name<static_cast<Enum>(Values)>()...};
    return names[raw];
}

template <typename F>
std::string_view name_of_enumerator([[maybe_unused]] std::uint64_t raw) {
    if constexpr (HasToString<typename F::Type>) {
        return std::string_view(to_string(static_cast<typename F::Type>(raw)));
    } else if constexpr (F::high - F::low < 6) {
        constexpr auto count = std::size_t{1} << (F::high - F::low + 1);
        return enumerator_among<typename F::Type>(raw, std::make_index_sequence<count>());
    } else {
        return {};
    }
}

template <typename R, typename F>
constexpr FieldInfo info_of() {
    FieldInfo info{short_name<F>(), F::high,     F::low,
                   F::is_signed,    F::settable, (F::mask & R::write_only_bits) == 0};
    if constexpr (std::is_enum_v<typename F::Type>) info.enumerator = name_of_enumerator<F>;
    return info;
}

template <typename R, typename List>
struct FieldsAtRunTime;
template <typename R, typename... F>
struct FieldsAtRunTime<R, FieldList<F...>> {
    static_assert((std::is_base_of_v<typename F::Owner, R> && ...),
                  "the register lists a field of another register");
    static constexpr std::array<FieldInfo, sizeof...(F)> list{info_of<R, F>()...};
};

/// "0x00000081 Computing=1 InterruptWhenDone=1"; `width` is the register's, in bytes.
std::string image_text(std::uint64_t image, unsigned width, std::span<const FieldInfo> fields);

}  // namespace detail

/// The fields that the register lists, in that order; empty if it has no list.
template <AnyRegister R>
[[nodiscard]] constexpr std::span<const FieldInfo> fields_of() noexcept {
    if constexpr (requires { typename R::Fields; }) {
        return detail::FieldsAtRunTime<R, typename R::Fields>::list;
    } else {
        return {};
    }
}

/// The number, and every field by name.
template <AnyRegister R>
[[nodiscard]] std::string to_string(const Value<R>& value) {
    return detail::image_text(value.value(), sizeof(typename R::Integer), fields_of<R>());
}

template <AnyRegister R, typename Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                             const Value<R>& value) {
    return out << to_string(value);
}

}  // namespace openbar
