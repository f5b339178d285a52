#include "translation/rules.hpp"

#include "base/failure.hpp"
#include "translation/arm64_walk.hpp"
#include "translation/elf_dump.hpp"

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
    std::uint64_t always = between(51, paging.physical_bits) & ~paging.encryption_mask;
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
    if (pae)
        rules.reserved_in_table[3] = between(63, paging.physical_bits) & ~paging.encryption_mask;
    rules.reserved_in_table[4] |= entry_bits::large;
    rules.reserved_in_table[5] |= entry_bits::large;
}

// What CR3 holds besides the address, in long mode: SDM table 4-12.
constexpr std::uint64_t no_flush = std::uint64_t{1} << 63;
constexpr std::uint64_t lam_u48 = std::uint64_t{1} << 62;
constexpr std::uint64_t lam_u57 = std::uint64_t{1} << 61;

void set_rules_of_tags(Rules& rules, const Paging& paging) {
    constexpr unsigned last_of_57 = 56, last_of_48 = 47;
    if ((paging.cr3 & lam_u57) != 0)
        rules.tag_below_user = last_of_57;
    else if ((paging.cr3 & lam_u48) != 0)
        rules.tag_below_user = last_of_48;
    if (paging.tagged_kernel_addresses)
        rules.tag_below_kernel = paging.mode == PagingMode::level5 ? last_of_57 : last_of_48;
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
        case PagingMode::arm64_4k:
        case PagingMode::arm64_16k:
        case PagingMode::arm64_64k: break;  // walked by arm64_walk.cpp
    }
    rules.frame = between(51, 12) & ~paging.encryption_mask;
    rules.root = paging.cr3 & (paging.mode == PagingMode::pae ? between(31, 5) : rules.frame);
    if (rules.top >= 4) set_rules_of_tags(rules, paging);
    if (rules.wide) {
        set_rules_of_wide_entries(rules, paging);
    } else {
        set_rules_of_32_bits(rules, paging);
    }
    return rules;
}

Result<void> check(const Paging& paging, const PhysicalMemory& memory) {
    constexpr std::uint16_t aarch64 = 183;
    const bool arm64 = is_arm64(paging.mode);
    const std::uint16_t machine = memory.machine();
    if (machine != 0 && (arm64 ? machine != aarch64 : !is_x86(machine)))
        return failure(ErrorCode::unsupported,
                       fmt::format("the dump is of {}, and {} paging is not its",
                                   machine_name(machine), to_string(paging.mode)),
                       machine == aarch64 ? "choose arm64-4k, arm64-16k or arm64-64k"
                       : is_x86(machine)  ? "choose 32, pae, 4-level or 5-level"
                                          : "only tables of x86 and AArch64 are walked");
    if (arm64) return check_arm64(paging);
    if (paging.physical_bits < 32 || paging.physical_bits > 52)
        return failure(
            ErrorCode::invalid_argument,
            fmt::format("physical addresses of {} bits do not exist", paging.physical_bits),
            "give 32 to 52, as CPUID 80000008H says");
    const bool narrow = paging.mode == PagingMode::bits32 || paging.mode == PagingMode::pae;
    const unsigned width = narrow ? 32 : paging.physical_bits;
    std::uint64_t address = paging.cr3 & ~paging.encryption_mask;
    if (!narrow) address &= ~(no_flush | lam_u48 | lam_u57);
    if ((address >> width) != 0)
        return failure(ErrorCode::invalid_argument,
                       fmt::format("CR3 {:#x} has more than {} bits", paging.cr3, width),
                       narrow
                           ? "CR3 of a 64-bit system goes with 4-level or 5-level paging"
                           : "check CR3, or give the bit of memory encryption (--encryption-bit, "
                             "Paging::encryption_mask)");
    return {};
}

std::string describe_translation(const Paging& paging) {
    return fmt::format("translate by {} paging", to_string(paging.mode));
}

}  // namespace openbar
