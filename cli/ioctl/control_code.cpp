#include "cli/ioctl/control_code.hpp"

#include "base/failure.hpp"
#include "cli/ioctl/device_types.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/suggestion.hpp"
#include "cli/support/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace openbar::cli {
namespace {

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
    return failure(ErrorCode::invalid_argument, fmt::format("'{}' is not {}", text, what),
                   fmt::format("use one of {}", fmt::join(words, ", ")));
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
    if (type >= device_type_names.size() || device_type_names[type].empty()) return std::nullopt;
    return device_type_names[type];
}

Result<std::uint16_t> parse_device_type(std::string_view text) {
    const std::string word = plain(text, "file-device-");
    for (std::size_t type = 1; type < device_type_names.size(); ++type)
        if (!word.empty() && plain(device_type_names[type], "") == word)
            return static_cast<std::uint16_t>(type);
    const auto number = parse_number(text);
    if (number && *number <= UINT16_MAX) return static_cast<std::uint16_t>(*number);
    return failure(ErrorCode::invalid_argument,
                   number ? fmt::format("{} does not fit: device types have 16 bits", text)
                          : fmt::format("'{}' is neither a number nor one of Windows' "
                                        "FILE_DEVICE_… names{}",
                                        text, did_you_mean(word, device_type_names)),
                   number ? "" : "give the type by its number, such as 0x22");
}

Result<TransferMethod> parse_transfer_method(std::string_view text) {
    return parse_word<TransferMethod>("a method", text, "method-", method_words);
}

Result<RequiredAccess> parse_required_access(std::string_view text) {
    const std::string word = plain(text, "file-");
    if (word == "any-access") return RequiredAccess::any;
    if (word == "read-data" || word == "read-access") return RequiredAccess::read;
    if (word == "write-data" || word == "write-access") return RequiredAccess::write;
    return parse_word<RequiredAccess>("an access", text, "file-", access_words);
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
