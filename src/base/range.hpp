/// Whether one range lies within another: the one place that compares offsets and lengths, whose
/// sums may wrap round.
///
///     if (!lies_within({offset, length}, region.size)) return failure(ErrorCode::out_of_range, …);
#pragma once

#include "openbar/region.hpp"

#include <cstdint>

namespace openbar {

/// Within the bytes 0 to `size`. An empty part may lie at the end.
[[nodiscard]] constexpr bool lies_within(Range part, std::uint64_t size) noexcept {
    return part.offset <= size && part.length <= size - part.offset;
}

[[nodiscard]] constexpr bool lies_within(Range part, Range whole) noexcept {
    return part.offset >= whole.offset &&
           lies_within({part.offset - whole.offset, part.length}, whole.length);
}

/// Whether the last byte lies beyond the end of 64 bits.
[[nodiscard]] constexpr bool wraps(Range part) noexcept {
    return part.length != 0 && part.length - 1 > UINT64_MAX - part.offset;
}

}  // namespace openbar
