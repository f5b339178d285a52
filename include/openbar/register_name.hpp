/// The name of a register as the program declares it, for messages.
///
///     openbar::register_name<edu::Status>()      // "edu::Status"
#pragma once

#include "openbar/standard.hpp"

#include <string_view>

namespace openbar {

/// The qualified name of the type R, as the compiler spells it.
template <typename R>
[[nodiscard]] constexpr std::string_view register_name() noexcept {
    // "… register_name() [with R = edu::Status; std::string_view = …]" says GCC,
    // "… register_name() [R = edu::Status]" says clang.
    std::string_view name = __PRETTY_FUNCTION__;
    name.remove_prefix(name.find("R = ") + 4);
    return name.substr(0, name.find_first_of(";]"));
}

}  // namespace openbar
