/// Numbers as description files write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace openbar::description {

/// "12", "0x1F" and "+4"; of CMSIS-SVD also "#101" (binary) and "0b101"; with a unit: "4K".
/// Nothing for anything else, and beyond 64 bits. Decimal numbers may start with zeros.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

/// A number with bits that do not matter: "0b1xx", "#01x". Of others all bits matter.
struct MaskedNumber {
    std::uint64_t value = 0;
    std::uint64_t mask = ~std::uint64_t{0};
};
[[nodiscard]] std::optional<MaskedNumber> parse_masked_number(std::string_view text) noexcept;

/// Digits of a base from 2 to 16 and nothing else; at least one.
[[nodiscard]] std::optional<std::uint64_t> parse_digits(std::string_view digits,
                                                        unsigned base) noexcept;

/// a + b or a * b; nothing if that wraps.
[[nodiscard]] constexpr std::optional<std::uint64_t> add(std::uint64_t a,
                                                         std::uint64_t b) noexcept {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}
[[nodiscard]] constexpr std::optional<std::uint64_t> multiply(std::uint64_t a,
                                                              std::uint64_t b) noexcept {
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}

/// The low `bits` bits set.
[[nodiscard]] constexpr std::uint64_t low_bits(std::uint64_t bits) noexcept {
    return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

}  // namespace openbar::description
