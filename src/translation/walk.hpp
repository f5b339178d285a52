/// The walk itself, once for whoever wants every step and for whoever wants only the end.
#pragma once

#include "openbar/physical_memory.hpp"

#include "translation/rules.hpp"

#include <cstdint>

namespace openbar {

/// One entry, as the walk found it.
struct Visit {
    unsigned level;
    unsigned index;
    std::uint64_t entry_address;
    std::uint64_t entry;
    bool readable;
};

/// Where a walk ended: the outcome and the last entry read.
struct WalkEnd {
    TranslationOutcome outcome;
    Visit last;
};

inline bool read_entry(const PhysicalMemory& memory, bool wide, std::uint64_t address,
                       std::uint64_t& entry) noexcept {
    if (wide) return memory.read(address, entry);
    std::uint32_t narrow = 0;
    const bool readable = memory.read(address, narrow);
    entry = narrow;
    return readable;
}

/// Walks from the root to a leaf or an obstacle, telling `note` of every Visit. `address` is
/// canonical. At most one step for each level.
template <typename Note>
WalkEnd walk_tables(const PhysicalMemory& memory, const Rules& rules, std::uint64_t address,
                    Note&& note) noexcept {
    std::uint64_t table = rules.root;
    for (unsigned level = rules.top;; --level) {
        Visit visit{.level = level, .index = rules.index(level, address)};
        visit.entry_address = table + visit.index * (rules.wide ? 8U : 4U);
        visit.readable = read_entry(memory, rules.wide, visit.entry_address, visit.entry);
        note(visit);
        if (!visit.readable) return {TranslationOutcome::outside_memory, visit};
        if ((visit.entry & entry_bits::present) == 0)
            return {TranslationOutcome::not_present, visit};
        if (rules.reserved(level, visit.entry) != 0)
            return {TranslationOutcome::reserved_bits, visit};
        if (rules.is_leaf(level, visit.entry)) return {TranslationOutcome::mapped, visit};
        table = visit.entry & rules.frame;
    }
}

}  // namespace openbar
