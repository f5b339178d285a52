/// Accesses to device memory whose width is known only at run time.
#pragma once

#include "openbar/volatile_access.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace openbar {

/// One load of `width` bytes (1, 2, 4 or 8) at an aligned address.
[[nodiscard]] inline std::uint64_t load_width(const volatile std::byte* address,
                                              unsigned width) noexcept {
    switch (width) {
        case 1: return volatile_load<std::uint8_t>(address);
        case 2: return volatile_load<std::uint16_t>(address);
        case 4: return volatile_load<std::uint32_t>(address);
        default: return volatile_load<std::uint64_t>(address);
    }
}

/// One store, likewise, of the value's low bytes.
inline void store_width(volatile std::byte* address, unsigned width, std::uint64_t value) noexcept {
    switch (width) {
        case 1: volatile_store(address, static_cast<std::uint8_t>(value)); break;
        case 2: volatile_store(address, static_cast<std::uint16_t>(value)); break;
        case 4: volatile_store(address, static_cast<std::uint32_t>(value)); break;
        default: volatile_store(address, value); break;
    }
}

/// The widest access of at most 8 bytes that `address` is aligned for and `left` has room for.
[[nodiscard]] constexpr unsigned next_width(std::uintptr_t address, std::size_t left) noexcept {
    const auto aligned = static_cast<unsigned>(std::min<std::uintptr_t>(8, address & -address));
    return std::min(address == 0 ? 8u : aligned,
                    static_cast<unsigned>(std::bit_floor(std::min<std::size_t>(left, 8))));
}

/// What a load of `width` bytes returns where no device answers: PCI's reply to a read that nobody
/// claims.
[[nodiscard]] constexpr std::uint64_t all_ones(unsigned width) noexcept {
    return ~std::uint64_t{0} >> (64 - 8 * width);
}

}  // namespace openbar
