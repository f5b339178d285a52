/// Whether this process itself may do with memory what a device shall be allowed to do.
#pragma once

#include "openbar/dma.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <span>

namespace openbar::dma {

/// invalid_argument if part of `memory` is not mapped in this process, or is not readable or
/// writable as `access` needs it. The kernel makes the same check when it pins memory; this is for
/// back ends without one. Brings in all pages, as pinning does.
[[nodiscard]] Result<void> require_access(std::span<const std::byte> memory, DeviceAccess access);

}  // namespace openbar::dma
