/// The limit of locked memory (RLIMIT_MEMLOCK), which whatever a device shall reach counts against.
#pragma once

#include "openbar/result.hpp"

#include <cstdint>

namespace openbar::dma {

/// For ENOMEM on locking `size` bytes: names the limit, and how to raise it.
[[nodiscard]] Error locked_memory_failure(std::uint64_t size);

}  // namespace openbar::dma
