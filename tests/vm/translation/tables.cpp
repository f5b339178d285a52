#include "tables.hpp"

#include <cstring>
#include <stdexcept>

namespace openbar::testing {
namespace {

constexpr std::uint64_t present = 1;
constexpr std::uint64_t writable = 2;
constexpr std::uint64_t large = 0x80;
constexpr unsigned tables_per_level = 6;

}  // namespace

RandomTables::RandomTables(const Paging& paging, std::uint64_t seed)
    : paging_(paging), wide_(paging.mode != PagingMode::bits32), random_(seed) {
    switch (paging.mode) {
        case PagingMode::bits32: top_ = 2; break;
        case PagingMode::pae: top_ = 3; break;
        case PagingMode::level4: top_ = 4; break;
        case PagingMode::level5: top_ = 5; break;
        default: throw std::invalid_argument("these are tables of x86 processors only");
    }
    of_level_.resize(top_ + 1);
    of_level_[top_].push_back(add_table());
    for (unsigned level = top_ - 1; level >= 1; --level)
        for (unsigned i = 0; i < tables_per_level; ++i) of_level_[level].push_back(add_table());
    for (unsigned level = top_; level >= 1; --level)
        for (const std::uint64_t table : of_level_[level]) fill(table, level);
    map_identity(root(), top_);
}

unsigned RandomTables::entries(unsigned level) const {
    if (paging_.mode == PagingMode::pae && level == 3) return 4;
    return wide_ ? 512 : 1024;
}

unsigned RandomTables::shift(unsigned level) const {
    return 12 + (level - 1) * (wide_ ? 9 : 10);
}

std::uint64_t RandomTables::add_table() {
    const std::uint64_t table = layout::tables + bytes_.size();
    bytes_.resize(bytes_.size() + 4096);
    return table;
}

void RandomTables::put(std::uint64_t table, unsigned index, std::uint64_t entry) {
    std::byte* place = &bytes_.at(table - layout::tables + index * (wide_ ? 8 : 4));
    std::memcpy(place, &entry, wide_ ? 8 : 4);
}

std::uint64_t RandomTables::get(std::uint64_t table, unsigned index) const {
    std::uint64_t entry = 0;
    std::memcpy(&entry, &bytes_.at(table - layout::tables + index * (wide_ ? 8 : 4)),
                wide_ ? 8 : 4);
    return entry;
}

void RandomTables::fill(std::uint64_t table, unsigned level) {
    if (entries(level) == 4) {
        for (unsigned index = 0; index < 4; ++index) put(table, index, random_entry(level));
        return;
    }
    const unsigned filled = level == 1 ? 200 : 40;
    for (unsigned i = 0; i < filled; ++i)
        put(table, static_cast<unsigned>(random_() % entries(level)), random_entry(level));
}

/// The first 4 MiB to themselves, by separate tables.
void RandomTables::map_identity(std::uint64_t table, unsigned level) {
    const std::uint64_t flags =
        present | (paging_.mode == PagingMode::pae && level == 3 ? 0 : writable);
    for (std::uint64_t at = 0; at < layout::identity; at += std::uint64_t{1} << shift(level)) {
        const auto index = static_cast<unsigned>(at >> shift(level));
        const std::uint64_t next = add_table();
        put(table, index, next | flags);
        if (level > 2) {
            map_identity(next, level - 1);
        } else {
            for (unsigned page = 0; page < entries(1); ++page)
                put(next, page, at + page * 4096ULL + (present | writable));
        }
    }
}

std::uint64_t RandomTables::table_for(unsigned level) {
    const auto& tables = of_level_[level];
    const std::uint64_t anywhere = layout::tables + (random_() % 24) * 4096;
    // Rarely a table of another level, this one's own perhaps, or one outside the memory.
    if (chance(12)) return anywhere;
    if (chance(40)) return layout::memory_end + (random_() % 1024) * 4096;
    return tables[random_() % tables.size()];
}

std::uint64_t RandomTables::random_leaf(unsigned level) {
    const std::uint64_t size = std::uint64_t{1} << shift(level);
    const std::uint64_t in_memory = layout::data + random_() % (layout::data_end - layout::data);
    std::uint64_t target = shift(level) >= 30 ? (random_() % 3) << 30U : in_memory;
    if (!wide_ && level == 2) {
        if (chance(2)) target = 0;
        std::uint64_t entry = (target & 0xffc0'0000U) | large;
        if (target == 0) entry |= random_() & (0xffU << 13U);  // PSE-36: beyond 4 GiB
        return entry | (chance(10) ? 1U << 21U : 0);           // reserved
    }
    if (wide_ && chance(4)) target = (random_() % (1U << 8U)) << 32U | (random_() & 0xbfff'ffffU);
    return (target & ~(size - 1)) | (level > 1 ? large | (chance(4) ? 0x1000 : 0) : 0);
}

std::uint64_t RandomTables::random_entry(unsigned level) {
    const bool pae_root = paging_.mode == PagingMode::pae && level == 3;
    const bool can_be_large = level == 2 || (level == 3 && !pae_root);
    const bool leaf = level == 1 || (can_be_large && chance(3));
    std::uint64_t entry = leaf ? random_leaf(level) : table_for(level - 1);
    if (pae_root) return entry | (chance(6) ? 0 : present);
    entry |= chance(10) ? 0 : present;
    entry |= chance(3) ? 0 : writable;
    entry |= chance(3) ? 0 : 4U;                              // user
    entry |= random_() & 0xe78U & ~(leaf ? 0U : large);       // PWT, PCD, A, D, ignored bits
    if (leaf && level == 1) entry |= random_() & 0x180U;      // PAT, G
    if (wide_ && chance(6)) entry |= std::uint64_t{1} << 63;  // NX
    if (wide_ && chance(16)) entry |= std::uint64_t{1} << (40 + random_() % 23);
    if (chance(20)) entry |= std::uint64_t{1} << (12 + random_() % 18);
    if (level >= 3 && chance(20)) entry |= large;
    return wide_ ? entry : entry & 0xffff'ffffU;
}

std::uint64_t RandomTables::address() {
    std::uint64_t address = 0;
    std::uint64_t table = root();
    for (unsigned level = top_; level >= 1; --level) {
        auto index = static_cast<unsigned>(random_() % entries(level));
        const bool known = table >= layout::tables && table < layout::tables + bytes_.size();
        for (unsigned tries = 0; known && tries < 1000 && !chance(200); ++tries) {
            if ((get(table, index) & present) != 0) break;
            index = static_cast<unsigned>(random_() % entries(level));
        }
        address |= std::uint64_t{index} << shift(level);
        if (known) table = get(table, index) & 0x000f'ffff'ffff'f000U;
    }
    address |= random_() & 0xff8U;
    if (paging_.mode == PagingMode::bits32 || paging_.mode == PagingMode::pae)
        return address & 0xffff'ffffU;
    const unsigned highest = paging_.mode == PagingMode::level5 ? 56 : 47;
    if (chance(50)) return address | (random_() << highest);  // not canonical, nearly always
    return (address >> highest & 1U) == 0 ? address : address | (UINT64_MAX << highest);
}

}  // namespace openbar::testing
