/// Pages: what mappings are made of.
#pragma once

#include "openbar/region.hpp"

#include <cstdint>

namespace openbar {

[[nodiscard]] std::uint64_t page_size() noexcept;

/// The whole pages that hold `part`.
[[nodiscard]] inline Range pages_around(Range part) noexcept {
    const std::uint64_t mask = page_size() - 1;
    const std::uint64_t start = part.offset & ~mask;
    return {start, ((part.offset + part.length + mask) & ~mask) - start};
}

}  // namespace openbar
