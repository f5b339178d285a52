/// Whether there is memory at all where a caller says so.
#pragma once

#include "openbar/result.hpp"

#include <cstddef>
#include <span>

namespace openbar::dma {

/// invalid_argument where part of `memory` is not mapped in this process. Where the kernel pins
/// the memory it finds out itself; this is for back ends without one.
[[nodiscard]] Result<void> require_mapped(std::span<const std::byte> memory);

}  // namespace openbar::dma
