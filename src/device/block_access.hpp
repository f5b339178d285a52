/// The accesses that copies and fills are made of, on bare memory. See openbar/copy.hpp.
#pragma once

#include "openbar/region.hpp"

#include <cstddef>
#include <span>

namespace openbar::block_access {

/// `width` 0: as wide as `type` allows; else the address and the size are multiples of it.
void write(volatile std::byte* device, std::span<const std::byte> source, unsigned width,
           MemoryType type);
void read(const volatile std::byte* device, std::span<std::byte> destination, unsigned width,
          MemoryType type);
void fill(volatile std::byte* device, std::size_t size, std::byte value, unsigned width,
          MemoryType type);

}  // namespace openbar::block_access
