/// Translates virtual addresses as an x86 processor does.
///
///     auto memory = openbar::PhysicalMemory::open("guest.dump").value();
///     openbar::Paging paging{.mode = openbar::PagingMode::level4, .cr3 = 0x2a0a000};
///     auto translation = openbar::translate(memory, paging, 0xffffffff81000000).value();
///     for (const auto& step : translation.steps())
///         std::cout << to_string(step.level) << "[" << step.index << "] = " << step.entry << "\n";
///     std::cout << std::hex << translation.physical_address().value() << "\n";  // prints 2a0e000
///
/// A translation lists each step, and the reason if it fails. For millions of addresses,
/// `Translator` is faster and returns only the result. `docs/translation.md` explains the four
/// modes.
///
/// Sources: Intel SDM volume 3A (September 2023), chapter 4 (paging), 11.12 (page attribute table);
/// AMD64 APM volume 2, chapters 5 and 7.10 (memory encryption). Arm ARM
/// (DDI 0487), chapter D8. A dump of another machine than the mode's is `unsupported`.
#pragma once

#include "openbar/physical_memory.hpp"
#include "openbar/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace openbar {

enum class PagingMode : std::uint8_t {
    bits32,     ///< two levels of 32-bit entries, pages of 4 KiB and 4 MiB
    pae,        ///< three levels of 64-bit entries for 32-bit addresses; 4 KiB and 2 MiB
    level4,     ///< 48-bit addresses; 4 KiB, 2 MiB and 1 GiB
    level5,     ///< 57-bit addresses (LA57)
    arm64_4k,   ///< AArch64, stage 1: tables of 4 KiB; pages of 4 KiB, 2 MiB and 1 GiB
    arm64_16k,  ///< tables of 16 KiB; 16 KiB and 32 MiB
    arm64_64k,  ///< tables of 64 KiB; 64 KiB and 512 MiB
};

std::string_view to_string(PagingMode mode) noexcept;  ///< "32", "4-level", "arm64-4k", …
/// The mode of that name, if there is one.
std::optional<PagingMode> paging_mode_named(std::string_view name) noexcept;

/// The registers and features of a processor that govern paging.
struct Paging {
    PagingMode mode = PagingMode::level4;
    /// The register as read. The flags and the PCID in its low bits are ignored, and so is bit 63
    /// (no flush). In the 64-bit modes, bits 62 and 61 (LAM) let programs' addresses carry tags.
    std::uint64_t cr3 = 0;
    /// IA32_PAT (MSR 0x277). The default is its value after reset; Linux sets 0x0407050600070106.
    std::uint64_t pat = 0x0007'0406'0007'0406;
    /// Width of physical addresses, MAXPHYADDR (CPUID 80000008H): 32 to 52. Higher bits are
    /// reserved in every entry. The default never reports a valid entry as broken.
    unsigned physical_bits = 52;
    bool page_size_extension = true;  ///< CR4.PSE: 4 MiB pages in 32-bit mode
    bool no_execute = true;           ///< EFER.NXE: bit 63 forbids execution; else it is reserved
    bool gigabyte_pages = true;       ///< CPUID 80000001H:EDX.Page1GB
    /// The bit that marks encrypted memory in entries and CR3 (AMD's SME and SEV: CPUID 8000001FH;
    /// Intel's TDX: the shared bit), as a mask. It is no part of an address.
    std::uint64_t encryption_mask = 0;
    bool tagged_kernel_addresses = false;  ///< CR4.LAM_SUP: kernel addresses may carry tags

    /// AArch64: `cr3` is TTBR0_EL1, for addresses of programs; this is TTBR1_EL1, for the kernel's.
    std::uint64_t ttbr1 = 0;
    unsigned virtual_bits = 48;  ///< AArch64: 64 - TCR_EL1.T0SZ (or T1SZ): 25 to 48; 52 with 64 KiB

    /// From the registers of a dumped processor. Error: unsupported (its paging was off).
    [[nodiscard]] static Result<Paging> of(const ProcessorState& processor);
};

/// The tables, from the leaves up.
enum class PagingLevel : std::uint8_t { pt = 1, pd, pdpt, pml4, pml5, l0 = 8, l1, l2, l3 };

std::string_view to_string(PagingLevel level) noexcept;  ///< "PT", "PD", …; AArch64: "L0" … "L3"

/// One entry of a table that the walk read or tried to read.
struct TranslationStep {
    PagingLevel level = PagingLevel::pt;
    std::uint16_t index = 0;          ///< which entry of the table
    std::uint64_t entry_address = 0;  ///< its physical address
    std::uint64_t entry = 0;          ///< its value; 0 if it is not in the memory
    std::uint64_t reserved_bits = 0;  ///< reserved bits that are set in it
    bool readable = false;            ///< it is in the memory
    bool leaf = false;                ///< it maps a page, not another table
    bool revisits = false;            ///< its table was walked before: a recursive mapping

    /// The flags of the entry, as the processor reads them in this mode and at this level.
    bool present = false;
    bool writable = false;
    bool user = false;
    bool executable = false;
    bool write_through = false;  ///< PWT
    bool cache_disable = false;  ///< PCD
    bool accessed = false;
    bool dirty = false;   ///< leaves only
    bool global = false;  ///< leaves only
};

/// The memory type of a page in the page attribute table. The MTRRs can only make it stricter (SDM
/// table 11-7).
enum class PageMemoryType : std::uint8_t {
    uncached = 0,         ///< UC
    write_combining = 1,  ///< WC
    reserved = 2,         ///< a value that is invalid in the PAT
    write_through = 4,    ///< WT
    write_protected = 5,  ///< WP
    write_back = 6,       ///< WB
    uncached_minus = 7,   ///< UC-: uncached unless an MTRR says write-combining
};

std::string_view to_string(PageMemoryType type) noexcept;  ///< "UC", "WC", …

enum class TranslationOutcome : std::uint8_t {
    mapped,
    not_canonical,   ///< the address is invalid: using it raises #GP
    not_present,     ///< the last step's entry is not present: #PF
    reserved_bits,   ///< the last step's entry has reserved bits set: #PF
    outside_memory,  ///< the last step's entry is not in the image or dump
};

/// A translation with its steps. A plain value.
struct Translation {
    std::uint64_t address = 0;  ///< the virtual address
    std::uint64_t linear = 0;   ///< the same without a tag: it differs with LAM only
    TranslationOutcome outcome = TranslationOutcome::not_present;

    [[nodiscard]] std::span<const TranslationStep> steps() const noexcept {
        return {steps_.data(), count_};
    }
    /// The physical address. Errors: invalid_argument (not canonical); not_found (not present);
    /// protocol (reserved bits); out_of_range (outside the memory).
    [[nodiscard]] Result<std::uint64_t> physical_address() const;

    // The following members are meaningful only if the outcome is `mapped`.
    std::uint64_t physical = 0;
    std::uint64_t page_size = 0;  ///< 4 KiB, 2 MiB, 4 MiB or 1 GiB, in bytes
    bool page_in_memory = false;  ///< the byte at `physical` is in the image or dump
    bool writable = false;        ///< by all levels; the kernel may write more if CR0.WP is 0
    bool user = false;            ///< reachable from user mode, by all levels
    bool executable = false;      ///< by all levels; SMEP and SMAP may restrict the kernel further
    bool global = false;
    bool dirty = false;
    std::uint8_t protection_key = 0;  ///< bits 62:59 of the leaf; 4 and 5 levels only
    std::uint8_t pat_index = 0;       ///< PAT, PCD and PWT of the leaf, 0 to 7; AArch64: AttrIndx
    PageMemoryType memory_type = PageMemoryType::uncached;  ///< x86 only

private:
    friend class Walk;
    friend class Arm64Walk;
    std::array<TranslationStep, 5> steps_{};
    std::size_t count_ = 0;
};

/// Translates one address and records each step. A walk has at most five steps, also through tables
/// that contain themselves, which are legal.
///
/// An address that is not mapped is an outcome, not an error. Error: invalid_argument (invalid
/// `paging`, or, in the 32-bit modes, an address of more than 32 bits). Thread-safe.
[[nodiscard]] Result<Translation> translate(const PhysicalMemory& memory, const Paging& paging,
                                            std::uint64_t address);

/// Whether bits 63 down to the highest translated bit are all equal. In the 32-bit modes, whether
/// the address is below 4 GiB.
[[nodiscard]] bool is_canonical(std::uint64_t address, PagingMode mode) noexcept;

/// Describes the common use of an address for people: the half of the canonical range, or, in the
/// 32-bit modes, the side of the 2 GiB and 3 GiB splits.
[[nodiscard]] std::string_view explain_address(std::uint64_t address, PagingMode mode) noexcept;

}  // namespace openbar
