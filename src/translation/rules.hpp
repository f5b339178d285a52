/// What one mode of paging asks of its tables, worked out once from `Paging`.
///
///     const Rules rules = rules_of(paging);
///     const unsigned index = rules.index(PagingLevel::pd, address);
#pragma once

#include "openbar/translation.hpp"

#include <array>
#include <cstdint>

namespace openbar {

/// Bits of an entry (SDM tables 4-5, 4-6 and 4-15 to 4-20).
namespace entry_bits {
inline constexpr std::uint64_t present = 1U << 0;
inline constexpr std::uint64_t writable = 1U << 1;
inline constexpr std::uint64_t user = 1U << 2;
inline constexpr std::uint64_t write_through = 1U << 3;
inline constexpr std::uint64_t cache_disable = 1U << 4;
inline constexpr std::uint64_t accessed = 1U << 5;
inline constexpr std::uint64_t dirty = 1U << 6;
inline constexpr std::uint64_t large = 1U << 7;  // in a PT: the PAT bit
inline constexpr std::uint64_t global = 1U << 8;
inline constexpr std::uint64_t large_pat = 1U << 12;
inline constexpr std::uint64_t no_execute = std::uint64_t{1} << 63;

/// Bits `high` down to `low`, both included.
constexpr std::uint64_t between(unsigned high, unsigned low) {
    return high < low ? 0 : (UINT64_MAX >> (63 - high)) & (UINT64_MAX << low);
}
}  // namespace entry_bits

struct Rules {
    PagingMode mode;
    bool wide;            ///< entries of 8 bytes; else of 4
    unsigned top;         ///< the level that CR3 points to, as a number
    std::uint64_t root;   ///< the physical address of that level's table
    std::uint64_t frame;  ///< the bits of an entry that are the address of a table or 4-KiB page
    /// The bit at which an address of a program, or of the kernel, is extended over a tag in the
    /// bits above it (LAM); 0: there are no tags.
    unsigned tag_below_user = 0;
    unsigned tag_below_kernel = 0;
    /// By level, 1 to 5: may bit 7 mean a large page, and which bits must be 0 in an entry that
    /// refers to a table and in one that maps a page.
    std::array<bool, 6> may_be_large{};
    std::array<std::uint64_t, 6> reserved_in_table{};
    std::array<std::uint64_t, 6> reserved_in_leaf{};

    [[nodiscard]] unsigned shift(unsigned level) const noexcept {
        return wide ? 12 + 9 * (level - 1) : 12 + 10 * (level - 1);
    }
    [[nodiscard]] unsigned index(unsigned level, std::uint64_t address) const noexcept {
        // The PDPT of PAE has four entries; there, bits 39 and 38 of the address are 0.
        return static_cast<unsigned>(address >> shift(level)) & (wide ? 0x1ffU : 0x3ffU);
    }
    /// The address without its tag: SDM 4.4, linear-address masking.
    [[nodiscard]] std::uint64_t linear(std::uint64_t address) const noexcept {
        constexpr std::uint64_t half = std::uint64_t{1} << 63;
        const unsigned top_bit = (address & half) != 0 ? tag_below_kernel : tag_below_user;
        if (top_bit == 0) return address;
        const std::uint64_t tag = entry_bits::between(62, top_bit + 1);
        return (address >> top_bit & 1) != 0 ? address | tag : address & ~tag;
    }
    [[nodiscard]] bool is_leaf(unsigned level, std::uint64_t entry) const noexcept {
        return level == 1 || (may_be_large[level] && (entry & entry_bits::large) != 0);
    }
    [[nodiscard]] std::uint64_t reserved(unsigned level, std::uint64_t entry) const noexcept {
        return entry & (is_leaf(level, entry) ? reserved_in_leaf : reserved_in_table)[level];
    }
    /// The physical address that a leaf gives `address`.
    [[nodiscard]] std::uint64_t through(unsigned level, std::uint64_t entry,
                                        std::uint64_t address) const noexcept {
        const std::uint64_t offset = (std::uint64_t{1} << shift(level)) - 1;
        if (!wide && level == 2)  // PSE-36: bits 20:13 are bits 39:32 of the address
            return (entry & entry_bits::between(31, 22)) |
                   ((entry & entry_bits::between(20, 13)) << 19) | (address & offset);
        return (entry & frame & ~offset) | (address & offset);
    }
};

Rules rules_of(const Paging& paging) noexcept;

/// invalid_argument where the numbers of `paging` make no sense together; unsupported for the
/// memory of a machine with other tables.
Result<void> check(const Paging& paging, const PhysicalMemory& memory);
/// "translate by 4-level paging"
std::string describe_translation(const Paging& paging);

}  // namespace openbar
