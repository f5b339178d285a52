/// An error: a code to branch on, a cause, and a hint how to fix it.
///
///     auto device = openbar::Device::open("0000:00:1f.6");
///     if (!device) {
///         if (device.error().code == openbar::ErrorCode::busy) std::cerr << "it is in use\n";
///         std::cerr << device.error() << "\n";
///         // prints open 0000:00:1f.6: there is no such PCI function
///         // prints   hint: openbar list shows all functions
///     }
///
/// Every operation that can fail returns a `Result` (`result.hpp`) with a value or an `Error`.
#pragma once

#include "openbar/standard.hpp"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace openbar {

/// The kinds of errors.
enum class ErrorCode : std::uint8_t {
    invalid_argument,    ///< the request is invalid: a malformed address, a width of 3
    out_of_range,        ///< offset and length do not lie within the region, or wrap
    misaligned,          ///< the offset is not a multiple of the width, or of the page
    not_found,           ///< no such device, region, vector, model or file
    ambiguous,           ///< several devices match
    unsupported,         ///< the back end, the device or the kernel cannot do it
    permission_denied,   ///< the operating system refuses this user
    busy,                ///< another program or a kernel driver has it
    disabled,            ///< the device does not decode the region, or is powered down
    removed,             ///< the device was unplugged, or its server has gone
    timed_out,           ///< it did not happen within the time limit
    cancelled,           ///< it was cancelled, or something was closed in the meantime
    protocol,            ///< the other side (a server, a file) violated its protocol or format
    resource_exhausted,  ///< memory, locked memory, IOVA space, descriptors or a documented limit
    io,                  ///< the operating system reported another error
};

/// The code's name as written above: `"out_of_range"`.
std::string_view to_string(ErrorCode code) noexcept;

/// One failure. A plain value: copy it, move it, compare its code. Its strings are UTF-8.
struct Error {
    ErrorCode code = ErrorCode::io;
    std::string attempted{};  ///< the operation and its object: "map bar0 of 0000:00:04.0"
    std::string cause{};      ///< why it failed: "offset 0x200000 lies past its end (0x100000)"
    std::string hint{};       ///< how to fix it, often a command; empty if none is known
    int system_error = 0;     ///< errno, or GetLastError() on Windows; 0 if none was involved

    /// "attempted: cause", and a second line "  hint: …" if there is a hint.
    [[nodiscard]] std::string message() const;
};

/// Writes `to_string(code)` or `error.message()`.
std::ostream& operator<<(std::ostream& out, ErrorCode code);
std::ostream& operator<<(std::ostream& out, const Error& error);

}  // namespace openbar
