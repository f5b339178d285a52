#include "cli/device_tree/property_text.hpp"

#include "cli/device_tree/property_types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::cli {
namespace {

constexpr std::byte end_of_string{0};

bool is_plain(char letter) {
    return letter >= ' ' && letter <= '~';
}

constexpr std::string_view escaped = "\a\b\t\n\v\f\r";
constexpr std::string_view escapes = "abtnvfr";

/// As dtc guesses (treesource.c): every byte is text, and at most half of them end a string.
bool looks_like_strings(std::span<const std::byte> value) {
    if (value.empty() || value.back() != end_of_string) return false;
    const auto ends = std::ranges::count(value, end_of_string);
    return 2 * static_cast<std::size_t>(ends) <= value.size() &&
           std::ranges::all_of(value, [](std::byte byte) {
               const char letter = static_cast<char>(byte);
               return byte == end_of_string || is_plain(letter) || escaped.contains(letter);
           });
}

/// The length of the character of several bytes that `text` begins with, if it is one to be shown
/// as it is; else 0. Those up to U+009F control terminals.
std::size_t utf8_character(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const std::size_t length = byte(0) < 0xc2   ? 0
                               : byte(0) < 0xe0 ? 2
                               : byte(0) < 0xf0 ? 3
                               : byte(0) < 0xf5 ? 4
                                                : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t at = 1; at < length; ++at)
        if ((byte(at) & 0xc0) != 0x80) return 0;
    const bool control = byte(0) == 0xc2 && byte(1) < 0xa0;
    const bool overlong =
        (byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xf0 && byte(1) < 0x90);
    const bool outside =
        (byte(0) == 0xed && byte(1) >= 0xa0) || (byte(0) == 0xf4 && byte(1) >= 0x90);
    return control || overlong || outside ? 0 : length;
}

std::string strings_text(std::span<const std::byte> value) {
    std::string_view rest(reinterpret_cast<const char*>(value.data()), value.size() - 1);
    std::string text = "\"";
    while (!rest.empty()) {
        const char letter = rest.front();
        std::size_t taken = 1;
        if (letter == '\0') {
            text += "\", \"";
        } else if (letter == '"' || letter == '\\') {
            text += {'\\', letter};
        } else if (const std::size_t at = escaped.find(letter); at != escaped.npos) {
            text += {'\\', escapes[at]};
        } else if (is_plain(letter)) {
            text += letter;
        } else if (const std::size_t length = utf8_character(rest); length != 0) {
            text += rest.substr(0, length);
            taken = length;
        } else {
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
        }
        rest.remove_prefix(taken);
    }
    return text + "\"";
}

std::string cells_text(std::span<const std::byte> value) {
    std::string text;
    for (std::size_t at = 0; at < value.size(); at += 4) {
        std::uint32_t cell = 0;
        for (const std::byte byte : value.subspan(at, 4))
            cell = cell << 8U | std::to_integer<std::uint32_t>(byte);
        text += fmt::format("{}{:#x}", at == 0 ? "<" : " ", cell);
    }
    return text + ">";
}

std::string bytes_text(std::span<const std::byte> value) {
    std::string text;
    for (const std::byte byte : value)
        text += fmt::format("{}{:02x}", text.empty() ? "[" : " ", std::to_integer<unsigned>(byte));
    return text + "]";
}

std::string whole_text(std::string_view name, std::span<const std::byte> value) {
    if (value.empty()) return {};
    const auto type = property_type(name);
    if (type == PropertyType::strings && value.back() == end_of_string) return strings_text(value);
    if (type != PropertyType::cells && looks_like_strings(value)) return strings_text(value);
    return value.size() % 4 == 0 ? cells_text(value) : bytes_text(value);
}

}  // namespace

std::string property_text(std::string_view name, std::span<const std::byte> value,
                          std::size_t longest) {
    std::string text = whole_text(name, value);
    if (text.size() <= longest) return text;
    // Not within a character of several bytes.
    while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xc0) == 0x80) --longest;
    return text.substr(0, longest) + "…";
}

std::string property_bytes(std::span<const std::byte> value) {
    std::string text;
    for (const std::byte byte : value)
        text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
    return text;
}

}  // namespace openbar::cli
