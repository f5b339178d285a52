/// Ranges beside and within each other: the one place that compares offsets and lengths, whose sums
/// may wrap round.
///
///     if (!lies_within({offset, length}, region.size)) return failure(ErrorCode::out_of_range, …);
#pragma once

#include "openbar/region.hpp"

#include <cstdint>
#include <vector>

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

/// The bytes 0 to `size` without `parts`, which lie within them, sorted and without overlap.
[[nodiscard]] inline std::vector<Range> all_but(const std::vector<Range>& parts,
                                                std::uint64_t size) {
    std::vector<Range> rest;
    std::uint64_t from = 0;
    for (const Range& part : parts) {
        if (part.offset > from) rest.push_back({from, part.offset - from});
        from = part.offset + part.length;
    }
    if (from < size) rest.push_back({from, size - from});
    return rest;
}

}  // namespace openbar
