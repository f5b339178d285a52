#include "description/plain_text.hpp"

#include "description/numbers.hpp"

#include <cstdint>

namespace openbar::description {
namespace {

constexpr bool is_space(char letter) noexcept {
    return letter == ' ' || letter == '\n' || letter == '\t' || letter == '\r';
}

/// The character that `&name;` stands for, as UTF-8; empty if it is unknown.
std::string resolve(std::string_view name) {
    if (name == "lt") return "<";
    if (name == "gt") return ">";
    if (name == "amp") return "&";
    if (name == "quot") return "\"";
    if (name == "apos") return "'";
    if (!name.starts_with('#')) return {};
    const bool hex = name.substr(1).starts_with('x');
    const auto number = parse_digits(name.substr(hex ? 2 : 1), hex ? 16 : 10);
    if (!number || *number == 0 || *number > 0x10ffff) return {};
    if (*number >= 0xd800 && *number < 0xe000) return {};
    const auto code = static_cast<std::uint32_t>(*number);
    std::string text;
    if (code < 0x80) return {static_cast<char>(code)};
    const unsigned length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    constexpr unsigned marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    text += static_cast<char>(marks[length] | code >> 6 * (length - 1));
    for (unsigned left = length - 1; left > 0; --left)
        text += static_cast<char>(0x80 | (code >> 6 * (left - 1) & 0x3f));
    return text;
}

}  // namespace

std::string with_references_resolved(std::string_view raw) {
    constexpr std::size_t longest_reference = 10;
    std::string text;
    while (!raw.empty()) {
        const std::size_t ampersand = raw.find('&');
        text += raw.substr(0, ampersand);
        if (ampersand == std::string_view::npos) break;
        raw.remove_prefix(ampersand);
        const std::size_t end = raw.substr(0, longest_reference).find(';');
        const std::string character =
            end == std::string_view::npos ? std::string() : resolve(raw.substr(1, end - 1));
        // An unknown entity stays as it is written: none is ever expanded.
        const std::size_t length = character.empty() ? 1 : end + 1;
        text += character.empty() ? std::string("&") : character;
        raw.remove_prefix(length);
    }
    return text;
}

std::string with_space_collapsed(std::string_view raw) {
    std::string text;
    for (std::size_t at = 0; at < raw.size();) {
        if (!is_space(raw[at])) {
            text += raw[at++];
            continue;
        }
        std::size_t newlines = 0;
        for (; at < raw.size() && is_space(raw[at]); ++at) newlines += raw[at] == '\n' ? 1 : 0;
        if (!text.empty() && at < raw.size()) text += newlines > 1 ? '\n' : ' ';
    }
    return text;
}

std::string plain_text(std::string_view raw) {
    return with_space_collapsed(with_references_resolved(raw));
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace openbar::description
