/// One DeviceIoControl to anybody's driver.
#pragma once

#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace openbar::cli {

struct ControlRequest {
    static constexpr std::size_t largest_buffer = std::size_t{16} << 20;  ///< bytes, each

    std::string path;  ///< "\\.\Name", a device interface's path, or "Name" for the first
    std::uint32_t code = 0;
    std::string input;  ///< bytes of the first buffer
    /// The second buffer, in its final size: its contents before the call are input for
    /// METHOD_IN_DIRECT, and only there.
    std::string output;
};

struct ControlAnswer {
    std::string output;      ///< bytes that the driver returned
    bool more_data = false;  ///< ERROR_MORE_DATA: it has more; the driver defines the bytes
};

/// Opens `path` for what the code requires, sends the request, waits for its end, and gives what
/// the driver returned. Errors: unsupported on systems other than Windows; those of opening; io
/// with the driver's own error.
[[nodiscard]] Result<ControlAnswer> send_control(ControlRequest request);

}  // namespace openbar::cli
