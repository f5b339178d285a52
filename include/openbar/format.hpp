/// Errors and registers in `std::format` and `std::print`, if the standard library has them (GCC 13
/// and later; not Debian 12's GCC 12).
///
///     std::cout << std::format("{}: {}\n", device.info().address, registers.read<edu::Status>());
///     // prints sim:edu: 0x00000000 Computing=0 InterruptWhenDone=0
///
/// They are formatted as streams print them, with the width and fill of a string.
#pragma once

#include "openbar/error.hpp"
#include "openbar/register_print.hpp"

#include <version>

#if defined(__cpp_lib_format)
#include <format>
#include <string_view>

template <>
struct std::formatter<openbar::ErrorCode> : std::formatter<std::string_view> {
    auto format(openbar::ErrorCode code, auto& context) const {
        return std::formatter<std::string_view>::format(to_string(code), context);
    }
};

template <>
struct std::formatter<openbar::Error> : std::formatter<std::string_view> {
    auto format(const openbar::Error& error, auto& context) const {
        return std::formatter<std::string_view>::format(error.message(), context);
    }
};

template <openbar::AnyRegister R>
struct std::formatter<openbar::Value<R>> : std::formatter<std::string_view> {
    auto format(const openbar::Value<R>& value, auto& context) const {
        return std::formatter<std::string_view>::format(to_string(value), context);
    }
};
#endif
