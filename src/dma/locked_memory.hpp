/// The limit of locked memory (RLIMIT_MEMLOCK), which whatever a device shall reach counts against.
#pragma once

#include "openbar/result.hpp"

#include <cstdint>
#include <expected>
#include <string>

namespace openbar::dma {

/// For ENOMEM on locking `size` bytes: tells the limit, and how to raise it.
[[nodiscard]] Error locked_memory_failure(std::string attempted, std::uint64_t size);

}  // namespace openbar::dma
