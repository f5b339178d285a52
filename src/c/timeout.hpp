/// A timeout in nanoseconds, as programs in C pass it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace openbar::c {

/// More than fits stands for no limit.
[[nodiscard]] constexpr std::chrono::nanoseconds timeout_from(std::uint64_t nanoseconds) noexcept {
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(std::min<std::uint64_t>(nanoseconds, INT64_MAX)));
}

}  // namespace openbar::c
