/// Pages: what mappings are made of.
#pragma once

#include "openbar/region.hpp"

#include <unistd.h>

#include <cstdint>

namespace openbar {

[[nodiscard]] inline std::uint64_t page_size() noexcept {
    static const auto size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

/// The whole pages that hold `part`.
[[nodiscard]] inline Range pages_around(Range part) noexcept {
    const std::uint64_t mask = page_size() - 1;
    const std::uint64_t start = part.offset & ~mask;
    return {start, ((part.offset + part.length + mask) & ~mask) - start};
}

}  // namespace openbar
