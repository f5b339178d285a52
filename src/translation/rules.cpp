#include "translation/rules.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar {
namespace {

using entry_bits::between;

void set_rules_of_32_bits(Rules& rules, const Paging& paging) {
    // 4.3: of a 4-MiB page's bits 20:13, those above MAXPHYADDR are reserved; 40 is the most.
    const unsigned reach = std::min(paging.physical_bits, 40U);
    rules.may_be_large[2] = paging.page_size_extension;
    rules.reserved_in_leaf[2] = between(21, reach - 32 + 13);
}

void set_rules_of_wide_entries(Rules& rules, const Paging& paging) {
    const bool pae = paging.mode == PagingMode::pae;
    std::uint64_t always = between(51, paging.physical_bits);
    if (!paging.no_execute) always |= entry_bits::no_execute;
    if (pae) always |= between(62, 52);
    rules.reserved_in_table.fill(always);
    rules.reserved_in_leaf.fill(always);

    rules.may_be_large[2] = true;
    rules.reserved_in_leaf[2] |= between(20, 13);
    rules.may_be_large[3] = !pae && paging.gigabyte_pages;
    rules.reserved_in_leaf[3] |= between(29, 13);
    if (!rules.may_be_large[3]) rules.reserved_in_table[3] |= entry_bits::large;
    // The low reserved bits of PAE's root are checked when CR3 is loaded, not by a walk (4.4.1);
    // QEMU even sets one of them, as if it were "accessed".
    if (pae) rules.reserved_in_table[3] = between(63, paging.physical_bits);
    rules.reserved_in_table[4] |= entry_bits::large;
    rules.reserved_in_table[5] |= entry_bits::large;
}

}  // namespace

Rules rules_of(const Paging& paging) noexcept {
    Rules rules{};
    rules.mode = paging.mode;
    rules.wide = paging.mode != PagingMode::bits32;
    switch (paging.mode) {
        case PagingMode::bits32: rules.top = 2; break;
        case PagingMode::pae: rules.top = 3; break;
        case PagingMode::level4: rules.top = 4; break;
        case PagingMode::level5: rules.top = 5; break;
    }
    rules.frame = between(51, 12);
    rules.root = paging.cr3 & (paging.mode == PagingMode::pae ? between(31, 5) : rules.frame);
    if (rules.wide) {
        set_rules_of_wide_entries(rules, paging);
    } else {
        set_rules_of_32_bits(rules, paging);
    }
    return rules;
}

Result<void> check(const Paging& paging) {
    if (paging.physical_bits < 32 || paging.physical_bits > 52)
        return failure(
            ErrorCode::invalid_argument,
            fmt::format("physical addresses of {} bits do not exist", paging.physical_bits),
            "give 32 to 52, as CPUID 80000008H says");
    const bool narrow = paging.mode == PagingMode::bits32 || paging.mode == PagingMode::pae;
    const unsigned width = narrow ? 32 : paging.physical_bits;
    if ((paging.cr3 >> width) != 0)
        return failure(ErrorCode::invalid_argument,
                       fmt::format("CR3 {:#x} has more than {} bits", paging.cr3, width),
                       narrow ? "CR3 of a 64-bit system goes with 4-level or 5-level paging" : "");
    return {};
}

std::string describe_translation(const Paging& paging) {
    return fmt::format("translate by {} paging", to_string(paging.mode));
}

}  // namespace openbar
