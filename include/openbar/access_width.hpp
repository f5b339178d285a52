/// The widths in which a device can be accessed.
///
///     template <openbar::AccessWidth T>
///     T peek(const openbar::Region& region, std::uint64_t offset) {
///         return region.read<T>(offset).value();                    // one access of T's width
///     }
///
///     std::cout << peek<std::uint32_t>(device.region(0).value(), 0) << "\n";
#pragma once

#include "openbar/standard.hpp"

#include <concepts>
#include <cstdint>

namespace openbar {

/// 8, 16, 32 and 64 bits, each by its unsigned integer.
template <typename T>
concept AccessWidth = std::same_as<T, std::uint8_t> || std::same_as<T, std::uint16_t> ||
    std::same_as<T, std::uint32_t> || std::same_as<T, std::uint64_t>;

/// The widths of a single load or store of this processor. A 32-bit processor makes two accesses
/// of a 64-bit one, which a device sees; so there it is not offered at all.
template <typename T>
concept MappedWidth = AccessWidth<T> && sizeof(T) <= sizeof(void*);

}  // namespace openbar
