/// The accesses that copies and fills are made of, on bare memory. See openbar/copy.hpp.
#pragma once

#include "openbar/region.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace openbar::block_access {

/// The widest access of at most 8 bytes that `address` is aligned for and `left` has room for.
[[nodiscard]] constexpr unsigned next_width(std::uintptr_t address, std::size_t left) noexcept {
    const auto aligned = static_cast<unsigned>(std::min<std::uintptr_t>(8, address & -address));
    return std::min(address == 0 ? 8u : aligned,
                    static_cast<unsigned>(std::bit_floor(std::min<std::size_t>(left, 8))));
}

/// `width` 0: as wide as `type` allows; else the address and the size are multiples of it.
void write(volatile std::byte* device, std::span<const std::byte> source, unsigned width,
           MemoryType type);
void read(const volatile std::byte* device, std::span<std::byte> destination, unsigned width,
          MemoryType type);
void fill(volatile std::byte* device, std::size_t size, std::byte value, unsigned width,
          MemoryType type);

}  // namespace openbar::block_access
