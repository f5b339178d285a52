#include "openbar/translation.hpp"

#include "base/failure.hpp"
#include "translation/arm64_walk.hpp"
#include "translation/rules.hpp"
#include "translation/walk.hpp"

#include <fmt/format.h>

namespace openbar {
namespace {

std::string describe(std::uint64_t address) {
    return fmt::format("translate {:#x}", address);
}

Result<void> check_width(const Paging& paging, std::uint64_t address) {
    const bool narrow = paging.mode == PagingMode::bits32 || paging.mode == PagingMode::pae;
    if (!narrow || (address >> 32U) == 0) return {};
    return failure(ErrorCode::invalid_argument,
                   fmt::format("{} paging translates addresses of 32 bits", to_string(paging.mode)),
                   "choose 4-level or 5-level paging for 64-bit addresses");
}

/// For a translation that ended at no page.
Error why_not(const Translation& translation) {
    const auto place = [&] {
        const TranslationStep& last = translation.steps().back();
        return fmt::format("entry {} of the {}, at {:#x}", last.index, to_string(last.level),
                           last.entry_address);
    };
    switch (translation.outcome) {
        case TranslationOutcome::mapped: break;
        case TranslationOutcome::not_canonical:
            return failure(ErrorCode::invalid_argument,
                           "it is not canonical: its upper bits are not all equal",
                           "check the address, and whether 5-level paging is in use");
        case TranslationOutcome::not_present:
            return failure(ErrorCode::not_found, fmt::format("{} ({:#x}), is not present", place(),
                                                             translation.steps().back().entry));
        case TranslationOutcome::reserved_bits:
            return failure(ErrorCode::protocol,
                           fmt::format("{} ({:#x}), has reserved bits set: {:#x}", place(),
                                       translation.steps().back().entry,
                                       translation.steps().back().reserved_bits),
                           "check the mode of paging and CR3: this may be no page table");
        case TranslationOutcome::outside_memory:
            return failure(ErrorCode::out_of_range,
                           fmt::format("{}, is not in the image or dump", place()),
                           "check CR3, and whether the dump holds all of the memory");
    }
    return failure(ErrorCode::protocol, "the outcome is unknown");
}

Result<void> check_paging_on(const ProcessorState& processor) {
    constexpr std::uint64_t cr0_pg = std::uint64_t{1} << 31;
    if ((processor.cr0 & cr0_pg) != 0) return {};
    return failure(ErrorCode::unsupported, "its paging was off: addresses were physical ones",
                   "give --cr3 and --mode, or dump the machine later");
}

}  // namespace

namespace bits = entry_bits;

/// Fills a Translation with the steps of a walk.
class Walk {
public:
    Walk(const PhysicalMemory& memory, const Paging& paging, Translation& result)
        : memory_(memory), paging_(paging), rules_(rules_of(paging)), result_(result) {}

    void run() {
        result_.linear = rules_.linear(result_.address);
        if (!is_canonical(result_.linear, paging_.mode)) {
            result_.outcome = TranslationOutcome::not_canonical;
            return;
        }
        result_.writable = result_.user = result_.executable = true;
        const WalkEnd end = walk_tables(memory_, rules_, result_.linear,
                                        [this](const Visit& visit) { note(visit); });
        result_.outcome = end.outcome;
        if (end.outcome == TranslationOutcome::mapped) {
            describe_page(end.last);
        } else {
            result_.writable = result_.user = result_.executable = false;
        }
    }

private:
    void note(const Visit& visit) {
        TranslationStep& step = result_.steps_[result_.count_];
        step.level = static_cast<PagingLevel>(visit.level);
        step.index = static_cast<std::uint16_t>(visit.index);
        step.entry_address = visit.entry_address;
        step.entry = visit.entry;
        step.readable = visit.readable;
        const std::uint64_t table = visit.entry_address & ~std::uint64_t{0xfff};
        for (const auto& earlier : result_.steps())
            step.revisits |= (earlier.entry_address & ~std::uint64_t{0xfff}) == table;
        ++result_.count_;
        if (visit.readable) read_flags(step, visit);
    }

    void read_flags(TranslationStep& step, const Visit& visit) {
        const auto set = [&](std::uint64_t bit) { return (visit.entry & bit) != 0; };
        step.present = set(bits::present);
        if (!step.present) return;  // the other bits are then the operating system's own
        // The four entries of PAE's first level have no flags but these two.
        const bool pae_root = paging_.mode == PagingMode::pae && visit.level == 3;
        step.reserved_bits = rules_.reserved(visit.level, visit.entry);
        step.leaf = rules_.is_leaf(visit.level, visit.entry);
        step.write_through = set(bits::write_through);
        step.cache_disable = set(bits::cache_disable);
        step.writable = pae_root || set(bits::writable);
        step.user = pae_root || set(bits::user);
        step.executable = !rules_.wide || pae_root || !set(bits::no_execute);
        step.accessed = !pae_root && set(bits::accessed);
        step.dirty = step.leaf && set(bits::dirty);
        step.global = step.leaf && set(bits::global);
        result_.writable &= step.writable;
        result_.user &= step.user;
        result_.executable &= step.executable;
    }

    void describe_page(const Visit& leaf) {
        const auto set = [&](std::uint64_t bit) { return (leaf.entry & bit) != 0; };
        result_.physical = rules_.through(leaf.level, leaf.entry, result_.linear);
        result_.page_size = std::uint64_t{1} << rules_.shift(leaf.level);
        result_.page_in_memory = memory_.at(result_.physical, 1) != nullptr;
        result_.global = set(bits::global);
        result_.dirty = set(bits::dirty);
        if (rules_.top >= 4)
            result_.protection_key = static_cast<std::uint8_t>((leaf.entry >> 59U) & 0xfU);
        const bool pat = set(leaf.level == 1 ? bits::large : bits::large_pat);
        result_.pat_index =
            static_cast<std::uint8_t>((pat ? 4 : 0) | (set(bits::cache_disable) ? 2 : 0) |
                                      (set(bits::write_through) ? 1 : 0));
        const auto type = static_cast<unsigned>(paging_.pat >> (8U * result_.pat_index)) & 0xffU;
        result_.memory_type = type > 7 || type == 2 || type == 3
                                  ? PageMemoryType::reserved
                                  : static_cast<PageMemoryType>(type);
    }

    const PhysicalMemory& memory_;
    const Paging& paging_;
    Rules rules_;
    Translation& result_;
};

Result<Translation> translate(const PhysicalMemory& memory, const Paging& paging,
                              std::uint64_t address) {
    OPENBAR_TRY(sound,
                check(paging, memory).attempting([&] { return describe_translation(paging); }));
    OPENBAR_TRY(reachable,
                check_width(paging, address).attempting([&] { return describe(address); }));
    Result<Translation> translation;
    translation->address = address;
    translation->linear = address;
    if (is_arm64(paging.mode))
        walk_arm64(memory, paging, *translation);
    else
        Walk(memory, paging, *translation).run();
    return translation;
}

Result<std::uint64_t> Translation::physical_address() const {
    if (outcome == TranslationOutcome::mapped) return physical;
    return Result<std::uint64_t>(why_not(*this)).attempting([&] { return describe(address); });
}

Result<Paging> Paging::of(const ProcessorState& processor) {
    constexpr std::uint64_t cr4_pse = 1U << 4;
    constexpr std::uint64_t cr4_pae = 1U << 5;
    constexpr std::uint64_t cr4_la57 = 1U << 12;
    constexpr std::uint64_t cr4_lam_sup = 1U << 28;
    OPENBAR_TRY(on, check_paging_on(processor).attempting(
                        [] { return "take the paging of the dumped processor"; }));
    Paging paging;
    paging.cr3 = processor.cr3;
    paging.page_size_extension = (processor.cr4 & cr4_pse) != 0;
    paging.tagged_kernel_addresses = (processor.cr4 & cr4_lam_sup) != 0;
    if ((processor.cr4 & cr4_pae) == 0) {
        paging.mode = PagingMode::bits32;
    } else if (!processor.long_mode) {
        paging.mode = PagingMode::pae;
    } else {
        paging.mode = (processor.cr4 & cr4_la57) != 0 ? PagingMode::level5 : PagingMode::level4;
    }
    return paging;
}

}  // namespace openbar
