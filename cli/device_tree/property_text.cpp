#include "cli/device_tree/property_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::cli {
namespace {

bool is_plain(std::byte byte) {
    return byte >= std::byte{' '} && byte <= std::byte{'~'};
}

bool is_strings(std::span<const std::byte> value) {
    if (value.empty() || value.back() != std::byte{0} || value.front() == std::byte{0})
        return false;
    return std::ranges::all_of(
        value, [](std::byte byte) { return byte == std::byte{0} || is_plain(byte); });
}

std::string strings_text(std::span<const std::byte> value) {
    std::string text = "\"";
    for (const std::byte byte : value.first(value.size() - 1))
        text += byte == std::byte{0} ? "\", \"" : std::string(1, static_cast<char>(byte));
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

}  // namespace

std::string property_text(std::span<const std::byte> value, std::size_t longest) {
    if (value.empty()) return {};
    std::string text = is_strings(value)       ? strings_text(value)
                       : value.size() % 4 == 0 ? cells_text(value)
                                               : bytes_text(value);
    if (text.size() > longest) text = text.substr(0, longest) + "…";
    return text;
}

}  // namespace openbar::cli
