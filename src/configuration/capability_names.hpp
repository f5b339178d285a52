#pragma once

#include <cstdint>
#include <string_view>

namespace openbar::configuration {

/// The name of a capability id, "unknown" where there is none.
[[nodiscard]] std::string_view capability_name(std::uint16_t id, bool extended) noexcept;

}  // namespace openbar::configuration
