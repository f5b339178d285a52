/// The last error of each thread, and the one way from a Result or an exception to a code.
///
///     openbar_code openbar_reset(openbar_device device) {
///         return call("reset a device", [&] { return reset(device); });
///     }
///
/// No exception leaves `call`.
#pragma once

#include "openbar/openbar.h"
#include "openbar/result.hpp"

#include <exception>
#include <new>

namespace openbar::c {

/// Keeps the error for `openbar_last_error` and returns its code.
openbar_code remember(Error error) noexcept;
/// The same for the exception that is being handled.
openbar_code remember_exception() noexcept;

/// `attempted` describes the call in errors that have no description yet.
template <typename Body>
openbar_code call(const char* attempted, Body&& body) noexcept {
    try {
        Result<void> result = body();
        if (result) [[likely]]
            return OPENBAR_OK;
        Error error = std::move(result).error();
        if (error.attempted.empty()) error.attempted = attempted;
        return remember(std::move(error));
    } catch (...) {
        return remember_exception();
    }
}

}  // namespace openbar::c
