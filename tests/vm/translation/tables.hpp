/// Random page tables, and addresses that make use of them.
///
/// They are built without the library's help: what is right about them is for QEMU to say.
#pragma once

#include "openbar/translation.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace openbar::testing {

/// Where the guest has what. `guest.S` knows the same.
namespace layout {
inline constexpr std::uint64_t identity = 4U << 20;  ///< mapped to itself, for the guest's code
inline constexpr std::uint64_t tables = 16U << 20;
inline constexpr std::uint64_t tables_end = 32U << 20;
inline constexpr std::uint64_t data = 64U << 20;      ///< here each 8 bytes hold their own address
inline constexpr std::uint64_t data_end = 96U << 20;  ///< the firmware uses what is above
inline constexpr std::uint64_t memory_end = 128U << 20;
}  // namespace layout

class RandomTables {
public:
    RandomTables(const Paging& paging, std::uint64_t seed);

    [[nodiscard]] std::uint64_t root() const { return layout::tables; }
    /// The contents of physical memory from layout::tables on.
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
    /// An address whose way leads through entries that exist, most of the time; a multiple of 8.
    [[nodiscard]] std::uint64_t address();

private:
    [[nodiscard]] unsigned entries(unsigned level) const;
    [[nodiscard]] unsigned shift(unsigned level) const;
    std::uint64_t add_table();
    void put(std::uint64_t table, unsigned index, std::uint64_t entry);
    [[nodiscard]] std::uint64_t get(std::uint64_t table, unsigned index) const;
    void fill(std::uint64_t table, unsigned level);
    void map_identity(std::uint64_t table, unsigned level);
    [[nodiscard]] std::uint64_t random_entry(unsigned level);
    [[nodiscard]] std::uint64_t random_leaf(unsigned level);
    [[nodiscard]] std::uint64_t table_for(unsigned level);
    [[nodiscard]] bool chance(unsigned one_in) { return random_() % one_in == 0; }

    Paging paging_;
    bool wide_;
    unsigned top_;
    std::mt19937_64 random_;
    std::vector<std::byte> bytes_;
    std::vector<std::vector<std::uint64_t>> of_level_;
};

}  // namespace openbar::testing
