/// The names of registers, fields and enumerators as the program declares them, for messages.
///
///     std::cout << openbar::register_name<edu::Status>() << "\n";            // prints edu::Status
///     std::cout << openbar::short_name<edu::Status::Computing>() << "\n";    // prints Computing
#pragma once

#include "openbar/standard.hpp"

#include <string_view>

namespace openbar {

namespace detail {

// "… text_of() [with T = edu::Status; std::string_view = …]" says GCC, "… text_of() [T =
// edu::Status]" says clang; of a value, GCC says "auto V = …" and clang "V = …".
constexpr std::string_view after_equals(std::string_view function) noexcept {
    function.remove_prefix(function.find(" = ") + 3);
    return function.substr(0, function.find_first_of(";]"));
}

constexpr std::string_view last_name(std::string_view name) noexcept {
    const auto colons = name.rfind("::");
    return colons == std::string_view::npos ? name : name.substr(colons + 2);
}

template <auto V>
constexpr std::string_view value_text() noexcept {
    return after_equals(__PRETTY_FUNCTION__);
}

/// The name of an enumerator; empty if the value has none: compilers write that as "(Speed)3".
template <auto V>
constexpr std::string_view enumerator_name() noexcept {
    const std::string_view name = last_name(value_text<V>());
    return name.find(')') == std::string_view::npos ? name : std::string_view();
}

}  // namespace detail

/// The qualified name of the type R, as the compiler spells it.
template <typename R>
[[nodiscard]] constexpr std::string_view register_name() noexcept {
    return detail::after_equals(__PRETTY_FUNCTION__);
}

/// Its last part.
template <typename R>
[[nodiscard]] constexpr std::string_view short_name() noexcept {
    return detail::last_name(register_name<R>());
}

}  // namespace openbar
