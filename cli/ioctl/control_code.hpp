/// A control code of Windows' DeviceIoControl: four fields in 32 bits.
///
///     31            16 15   14 13         2 1      0
///     | device type   | access | function   | method |      the top bits of type and function mark
///                                                           what a vendor has chosen
/// Source: Microsoft, "Defining I/O Control Codes" (windows-driver-docs,
/// kernel/defining-i-o-control-codes.md).
#pragma once

#include "openbar/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace openbar::cli {

/// How the system passes the two buffers to the driver.
enum class TransferMethod : std::uint8_t { buffered, in_direct, out_direct, neither };

/// What the handle must have been opened for.
enum class RequiredAccess : std::uint8_t { any, read, write, read_write };

struct ControlCode {
    static constexpr std::uint16_t first_vendor_type = 0x8000;
    static constexpr std::uint16_t first_vendor_function = 0x800;
    static constexpr std::uint16_t last_function = 0xfff;

    std::uint16_t device_type = 0;
    std::uint16_t function = 0;  ///< at most last_function
    TransferMethod method = TransferMethod::buffered;
    RequiredAccess access = RequiredAccess::any;

    /// Every 32 bits are a code.
    [[nodiscard]] static ControlCode decode(std::uint32_t code) noexcept;
    [[nodiscard]] std::uint32_t encode() const noexcept;

    friend bool operator==(const ControlCode&, const ControlCode&) = default;
};

/// "FILE_DEVICE_DISK"; nothing for numbers that Windows' headers do not name.
[[nodiscard]] std::optional<std::string_view> device_type_name(std::uint16_t type) noexcept;
/// "disk", "FILE_DEVICE_DISK", "0x7", "32769", in upper or lower case, with - or _.
[[nodiscard]] Result<std::uint16_t> parse_device_type(std::string_view text);
/// "buffered", "in-direct", "METHOD_IN_DIRECT", …
[[nodiscard]] Result<TransferMethod> parse_transfer_method(std::string_view text);
/// "any", "read", "write", "read-write", "FILE_READ_DATA", …
[[nodiscard]] Result<RequiredAccess> parse_required_access(std::string_view text);

[[nodiscard]] std::string_view c_name(TransferMethod method) noexcept;  ///< "METHOD_BUFFERED"
[[nodiscard]] std::string_view c_name(RequiredAccess access) noexcept;  ///< "FILE_ANY_ACCESS"
/// "CTL_CODE(FILE_DEVICE_UNKNOWN, 0x804, METHOD_BUFFERED, FILE_ANY_ACCESS)"
[[nodiscard]] std::string c_text(const ControlCode& code);

}  // namespace openbar::cli
