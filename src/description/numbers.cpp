#include "description/numbers.hpp"

namespace openbar::description {
namespace {

constexpr bool is_prefixed(std::string_view text, char letter) noexcept {
    return text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == letter;
}

/// What a hexadecimal digit stands for; 16 and more for other characters.
constexpr unsigned digit_of(char character) noexcept {
    const auto decimal = static_cast<unsigned>(static_cast<unsigned char>(character)) - '0';
    if (decimal < 10) return decimal;
    const unsigned letter =
        (static_cast<unsigned>(static_cast<unsigned char>(character)) | 0x20U) - 'a';
    return letter < 6 ? letter + 10 : 16;
}

/// The power of 1024 that a unit behind a number stands for; nothing where it is none.
std::optional<unsigned> unit_shift(char unit) noexcept {
    switch (unit | 0x20) {
        case 'k': return 10;
        case 'm': return 20;
        case 'g': return 30;
        case 't': return 40;
        default: return std::nullopt;
    }
}

}  // namespace

std::optional<std::uint64_t> parse_digits(std::string_view digits, unsigned base) noexcept {
    if (digits.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char character : digits) {
        const unsigned digit = digit_of(character);
        if (digit >= base) return std::nullopt;
        if (value >> 60U != 0) {  // it may not fit any more
            const auto product = multiply(value, base);
            const auto sum = product ? add(*product, digit) : std::nullopt;
            if (!sum) return std::nullopt;
            value = *sum;
        } else {
            value = value * base + digit;
        }
    }
    return value;
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.starts_with('#')) return parse_digits(text.substr(1), 2);
    unsigned base = 10;
    if (is_prefixed(text, 'x'))
        base = 16;
    else if (is_prefixed(text, 'b'))
        base = 2;
    if (base != 10) text.remove_prefix(2);
    if (text.empty()) return std::nullopt;
    const auto shift = unit_shift(text.back());
    if (!shift) return parse_digits(text, base);
    const auto value = parse_digits(text.substr(0, text.size() - 1), base);
    return value ? multiply(*value, std::uint64_t{1} << *shift) : std::nullopt;
}

std::optional<MaskedNumber> parse_masked_number(std::string_view text) noexcept {
    const bool binary = text.starts_with('#') || is_prefixed(text, 'b');
    if (!binary || text.find_first_of("xX") == std::string_view::npos) {
        const auto value = parse_number(text);
        return value ? std::optional(MaskedNumber{*value}) : std::nullopt;
    }
    text.remove_prefix(text.starts_with('#') ? 1 : 2);
    if (text.size() > 64) return std::nullopt;
    MaskedNumber number;
    for (const char digit : text) {
        if (digit != '0' && digit != '1' && (digit | 0x20) != 'x') return std::nullopt;
        number.value = number.value << 1 | (digit == '1' ? 1U : 0U);
        number.mask = number.mask << 1 | ((digit | 0x20) == 'x' ? 0U : 1U);
    }
    return number;
}

}  // namespace openbar::description
