/// Arithmetic on offsets and lengths that came from outside: none of it can overflow.
#pragma once

#include <cstdint>

namespace openbar::driver {

/// Whether [offset, offset + length) lies within [0, size). A length of 0 lies nowhere.
[[nodiscard]] constexpr bool within(std::uint64_t offset, std::uint64_t length,
                                    std::uint64_t size) {
    return length != 0 && offset < size && length <= size - offset;
}

/// Whether start + length is representable, so that the interval has an end.
[[nodiscard]] constexpr bool has_end(std::uint64_t start, std::uint64_t length) {
    return length <= UINT64_MAX - start;
}

/// Both intervals have ends.
[[nodiscard]] constexpr bool overlap(std::uint64_t a, std::uint64_t a_length, std::uint64_t b,
                                     std::uint64_t b_length) {
    return a_length != 0 && b_length != 0 && a < b + b_length && b < a + a_length;
}

/// `page` is a power of two.
[[nodiscard]] constexpr std::uint64_t page_down(std::uint64_t value, std::uint64_t page) {
    return value & ~(page - 1);
}

/// The first page boundary at or after `value`; saturates at the last page boundary there is.
[[nodiscard]] constexpr std::uint64_t page_up(std::uint64_t value, std::uint64_t page) {
    return value > page_down(UINT64_MAX, page) ? page_down(UINT64_MAX, page)
                                               : page_down(value + page - 1, page);
}

/// Widths of one access, in bytes.
[[nodiscard]] constexpr bool is_width(unsigned width) {
    return width == 1 || width == 2 || width == 4 || width == 8;
}

}  // namespace openbar::driver
