#include "cli/ioctl/control_code.hpp"

#include "cli/support/arguments.hpp"
#include "cli/support/suggestion.hpp"
#include "cli/support/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace openbar::cli {
namespace {

/// FILE_DEVICE_…, from 1 on. Source: winioctl.h, and the page "Specifying Device Types".
constexpr std::array<std::string_view, 59> device_types{"BEEP",
                                                        "CD_ROM",
                                                        "CD_ROM_FILE_SYSTEM",
                                                        "CONTROLLER",
                                                        "DATALINK",
                                                        "DFS",
                                                        "DISK",
                                                        "DISK_FILE_SYSTEM",
                                                        "FILE_SYSTEM",
                                                        "INPORT_PORT",
                                                        "KEYBOARD",
                                                        "MAILSLOT",
                                                        "MIDI_IN",
                                                        "MIDI_OUT",
                                                        "MOUSE",
                                                        "MULTI_UNC_PROVIDER",
                                                        "NAMED_PIPE",
                                                        "NETWORK",
                                                        "NETWORK_BROWSER",
                                                        "NETWORK_FILE_SYSTEM",
                                                        "NULL",
                                                        "PARALLEL_PORT",
                                                        "PHYSICAL_NETCARD",
                                                        "PRINTER",
                                                        "SCANNER",
                                                        "SERIAL_MOUSE_PORT",
                                                        "SERIAL_PORT",
                                                        "SCREEN",
                                                        "SOUND",
                                                        "STREAMS",
                                                        "TAPE",
                                                        "TAPE_FILE_SYSTEM",
                                                        "TRANSPORT",
                                                        "UNKNOWN",
                                                        "VIDEO",
                                                        "VIRTUAL_DISK",
                                                        "WAVE_IN",
                                                        "WAVE_OUT",
                                                        "8042_PORT",
                                                        "NETWORK_REDIRECTOR",
                                                        "BATTERY",
                                                        "BUS_EXTENDER",
                                                        "MODEM",
                                                        "VDM",
                                                        "MASS_STORAGE",
                                                        "SMB",
                                                        "KS",
                                                        "CHANGER",
                                                        "SMARTCARD",
                                                        "ACPI",
                                                        "DVD",
                                                        "FULLSCREEN_VIDEO",
                                                        "DFS_FILE_SYSTEM",
                                                        "DFS_VOLUME",
                                                        "SERENUM",
                                                        "TERMSRV",
                                                        "KSEC",
                                                        "FIPS",
                                                        "INFINIBAND"};

constexpr std::array<std::string_view, 4> methods{"METHOD_BUFFERED", "METHOD_IN_DIRECT",
                                                  "METHOD_OUT_DIRECT", "METHOD_NEITHER"};
constexpr std::array<std::string_view, 4> method_words{"buffered", "in-direct", "out-direct",
                                                       "neither"};
constexpr std::array<std::string_view, 4> accesses{
    "FILE_ANY_ACCESS", "FILE_READ_DATA", "FILE_WRITE_DATA", "FILE_READ_DATA | FILE_WRITE_DATA"};
constexpr std::array<std::string_view, 4> access_words{"any", "read", "write", "read-write"};

/// As the words of the command line are written: small letters, and - for _.
std::string plain(std::string_view text, std::string_view prefix) {
    std::string word(text);
    std::ranges::transform(word, word.begin(),
                           [](char letter) { return letter == '_' ? '-' : lower_case(letter); });
    if (word.starts_with(prefix)) word.erase(0, prefix.size());
    return word;
}

template <typename Value>
Result<Value> parse_word(std::string_view what, std::string_view text, std::string_view prefix,
                         const std::array<std::string_view, 4>& words) {
    const auto found = std::ranges::find(words, plain(text, prefix));
    if (found != words.end()) return static_cast<Value>(found - words.begin());
    return Error{ErrorCode::invalid_argument, fmt::format("read {} '{}'", what, text),
                 fmt::format("it is not one of {}", fmt::join(words, ", "))};
}

}  // namespace

ControlCode ControlCode::decode(std::uint32_t code) noexcept {
    return {.device_type = static_cast<std::uint16_t>(code >> 16),
            .function = static_cast<std::uint16_t>((code >> 2) & last_function),
            .method = static_cast<TransferMethod>(code & 3),
            .access = static_cast<RequiredAccess>((code >> 14) & 3)};
}

std::uint32_t ControlCode::encode() const noexcept {
    return std::uint32_t{device_type} << 16 | static_cast<std::uint32_t>(access) << 14 |
           std::uint32_t{function} << 2 | static_cast<std::uint32_t>(method);
}

std::optional<std::string_view> device_type_name(std::uint16_t type) noexcept {
    if (type == 0 || type > device_types.size()) return std::nullopt;
    return device_types[type - 1u];
}

Result<std::uint16_t> parse_device_type(std::string_view text) {
    const std::string word = plain(text, "file-device-");
    for (std::size_t i = 0; i < device_types.size(); ++i)
        if (plain(device_types[i], "") == word) return static_cast<std::uint16_t>(i + 1);
    const auto number = parse_number(text);
    if (number && *number <= UINT16_MAX) return static_cast<std::uint16_t>(*number);
    return Error{ErrorCode::invalid_argument, fmt::format("read the device type '{}'", text),
                 number ? "device types have 16 bits"
                        : "it is neither a number nor one of Windows' FILE_DEVICE_… names" +
                              did_you_mean(word, device_types)};
}

Result<TransferMethod> parse_transfer_method(std::string_view text) {
    return parse_word<TransferMethod>("the method", text, "method-", method_words);
}

Result<RequiredAccess> parse_required_access(std::string_view text) {
    const std::string word = plain(text, "file-");
    if (word == "any-access") return RequiredAccess::any;
    if (word == "read-data" || word == "read-access") return RequiredAccess::read;
    if (word == "write-data" || word == "write-access") return RequiredAccess::write;
    return parse_word<RequiredAccess>("the access", text, "file-", access_words);
}

std::string_view c_name(TransferMethod method) noexcept {
    return methods[static_cast<std::size_t>(method)];
}

std::string_view c_name(RequiredAccess access) noexcept {
    return accesses[static_cast<std::size_t>(access)];
}

std::string c_text(const ControlCode& code) {
    const auto name = device_type_name(code.device_type);
    return fmt::format(
        "CTL_CODE({}, {:#x}, {}, {})",
        name ? fmt::format("FILE_DEVICE_{}", *name) : fmt::format("{:#x}", code.device_type),
        code.function, c_name(code.method), c_name(code.access));
}

}  // namespace openbar::cli
