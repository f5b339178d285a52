/// The walk through AArch64's tables: stage 1, with granules of 4, 16 and 64 KiB.
#pragma once

#include "openbar/translation.hpp"

#include <cstdint>

namespace openbar {

[[nodiscard]] constexpr bool is_arm64(PagingMode mode) noexcept {
    return mode == PagingMode::arm64_4k || mode == PagingMode::arm64_16k ||
           mode == PagingMode::arm64_64k;
}

/// How one granule divides an address (Arm ARM, D8.2). Levels count from 0, the top of 48 bits of
/// 4-KiB granules, to 3, whose entries are pages.
struct Arm64Rules {
    unsigned granule_bits;
    unsigned virtual_bits;

    explicit Arm64Rules(const Paging& paging) noexcept;

    [[nodiscard]] unsigned shift(unsigned level) const noexcept {
        return granule_bits + (granule_bits - 3) * (3 - level);
    }
    [[nodiscard]] unsigned start_level() const noexcept {
        const unsigned bits = granule_bits - 3;
        return 4 - (virtual_bits - granule_bits + bits - 1) / bits;
    }
    [[nodiscard]] std::uint64_t index(unsigned level, std::uint64_t address) const noexcept {
        const unsigned bits =
            level == start_level() ? virtual_bits - shift(level) : granule_bits - 3;
        return (address >> shift(level)) & ((std::uint64_t{1} << bits) - 1);
    }
    /// Whether a descriptor at that level may map a block of memory by itself.
    [[nodiscard]] bool may_be_block(unsigned level) const noexcept {
        return level == 2 || (level == 1 && granule_bits == 12);
    }
    /// The address in a descriptor, from bit `lowest` on. With 64-KiB granules, bits 15:12 are bits
    /// 51:48 of it (FEAT_LPA).
    [[nodiscard]] std::uint64_t address_in(std::uint64_t descriptor,
                                           unsigned lowest) const noexcept;
    /// The table that a TTBR points to; its lowest bit and its ASID are no address.
    [[nodiscard]] std::uint64_t table_of(std::uint64_t ttbr) const noexcept;
};

/// invalid_argument where the numbers of `paging` make no sense together.
Result<void> check_arm64(const Paging& paging);

/// The steps of `result.address`, and what they lead to. `paging` was checked.
void walk_arm64(const PhysicalMemory& memory, const Paging& paging, Translation& result);

}  // namespace openbar
