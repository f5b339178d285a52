/// How an x86 processor turns the address that a program uses into a physical one.
///
///     auto memory = openbar::PhysicalMemory::open("guest.dump").value();
///     openbar::Paging paging{.mode = openbar::PagingMode::level4, .cr3 = 0x2a0a000};
///     auto translation = openbar::translate(memory, paging, 0xffffffff81000000).value();
///     for (const auto& step : translation.steps())
///         std::cout << to_string(step.level) << "[" << step.index << "] = " << step.entry << "\n";
///     std::cout << std::hex << translation.physical_address().value() << "\n";  // prints 2a0e000
///
/// A translation tells each step, and where it ended why. For millions of addresses and nothing
/// but the answer, `Translator` is quick. `docs/translation.md` explains the four modes.
///
/// Facts: Intel SDM volume 3A (September 2023), chapter 4 (paging), 11.12 (page attribute table);
/// AMD64 APM volume 2, chapter 5.
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
    bits32,  ///< two levels of 32-bit entries, pages of 4 KiB and 4 MiB
    pae,     ///< three levels of 64-bit entries for 32-bit addresses; 4 KiB and 2 MiB
    level4,  ///< 48-bit addresses; 4 KiB, 2 MiB and 1 GiB
    level5,  ///< 57-bit addresses (LA57)
};

std::string_view to_string(PagingMode mode) noexcept;  ///< "32", "pae", "4-level", "5-level"
/// The mode of that name; nothing where there is none.
std::optional<PagingMode> paging_mode_named(std::string_view name) noexcept;

/// What a processor's registers and features say about paging.
struct Paging {
    PagingMode mode = PagingMode::level4;
    /// The register as it is read: the flags and the PCID in its low bits do not matter.
    std::uint64_t cr3 = 0;
    /// IA32_PAT (MSR 0x277). This is its value after reset; Linux sets 0x0407050600070106.
    std::uint64_t pat = 0x0007'0406'0007'0406;
    /// Width of physical addresses, MAXPHYADDR (CPUID 80000008H): 32 to 52. Bits above it are
    /// reserved in every entry. The default reports none falsely.
    unsigned physical_bits = 52;
    bool page_size_extension = true;  ///< CR4.PSE: 4 MiB pages in 32-bit mode
    bool no_execute = true;           ///< EFER.NXE: bit 63 forbids execution; else it is reserved
    bool gigabyte_pages = true;       ///< CPUID 80000001H:EDX.Page1GB

    /// What the registers of a dumped processor say. `unsupported` where its paging was off.
    [[nodiscard]] static Result<Paging> of(const ProcessorState& processor);
};

/// The tables, from the leaves up.
enum class PagingLevel : std::uint8_t { pt = 1, pd, pdpt, pml4, pml5 };

std::string_view to_string(PagingLevel level) noexcept;  ///< "PT", "PD", "PDPT", "PML4", "PML5"

/// One entry of one table that the walk has read, or tried to.
struct TranslationStep {
    PagingLevel level = PagingLevel::pt;
    std::uint16_t index = 0;          ///< which entry of the table
    std::uint64_t entry_address = 0;  ///< its physical address
    std::uint64_t entry = 0;          ///< its value; 0 where it is not in the memory
    std::uint64_t reserved_bits = 0;  ///< those set in it that must not be
    bool readable = false;            ///< it is in the memory
    bool leaf = false;                ///< it maps a page rather than a further table
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

/// What the page attribute table says of a page. The processor combines it with the MTRRs, which
/// can only make it stricter (SDM table 11-7).
enum class PageMemoryType : std::uint8_t {
    uncached = 0,         ///< UC
    write_combining = 1,  ///< WC
    reserved = 2,         ///< a value that the PAT must not hold
    write_through = 4,    ///< WT
    write_protected = 5,  ///< WP
    write_back = 6,       ///< WB
    uncached_minus = 7,   ///< UC-: uncached unless an MTRR says write-combining
};

std::string_view to_string(PageMemoryType type) noexcept;  ///< "UC", "WC", …

enum class TranslationOutcome : std::uint8_t {
    mapped,
    not_canonical,   ///< the address itself is none: using it raises #GP
    not_present,     ///< the last step's entry is not present: #PF
    reserved_bits,   ///< the last step's entry has reserved bits set: #PF
    outside_memory,  ///< the last step's entry is not in the image or dump
};

/// A translation with its way. A plain value.
struct Translation {
    std::uint64_t address = 0;  ///< what was translated
    TranslationOutcome outcome = TranslationOutcome::not_present;

    [[nodiscard]] std::span<const TranslationStep> steps() const noexcept {
        return {steps_.data(), count_};
    }
    /// The physical address, or why there is none: `invalid_argument` (not canonical),
    /// `not_found` (not present), `protocol` (reserved bits), `out_of_range` (outside the memory).
    [[nodiscard]] Result<std::uint64_t> physical_address() const;

    // The rest has a meaning only where the outcome is `mapped`.
    std::uint64_t physical = 0;
    std::uint64_t page_size = 0;  ///< 4 KiB, 2 MiB, 4 MiB or 1 GiB, in bytes
    bool page_in_memory = false;  ///< the byte at `physical` is in the image or dump
    bool writable = false;        ///< by all levels; the kernel may write more where CR0.WP is 0
    bool user = false;            ///< reachable from user mode, by all levels
    bool executable = false;      ///< by all levels; SMEP and SMAP may restrict the kernel further
    bool global = false;
    bool dirty = false;
    std::uint8_t protection_key = 0;  ///< bits 62:59 of the leaf; 4 and 5 levels only
    std::uint8_t pat_index = 0;       ///< PAT, PCD and PWT of the leaf, 0 to 7
    PageMemoryType memory_type = PageMemoryType::uncached;

private:
    friend class Walk;
    std::array<TranslationStep, 5> steps_{};
    std::size_t count_ = 0;
};

/// Translates one address, noting each step. A walk has at most five steps, wherever the tables
/// point: tables that contain themselves are legal, and end all the same.
///
/// An address that leads nowhere is no error of this function: it is the translation's outcome.
/// Errors: `invalid_argument` where `paging` makes no sense or, in the 32-bit modes, the address
/// has more than 32 bits. Thread-safe.
[[nodiscard]] Result<Translation> translate(const PhysicalMemory& memory, const Paging& paging,
                                            std::uint64_t address);

/// Whether bits 63 down to the highest that is translated are all equal. True for any address
/// below 4 GiB in the 32-bit modes.
[[nodiscard]] bool is_canonical(std::uint64_t address, PagingMode mode) noexcept;

/// What an address of this size is commonly used for, in words: which half of the canonical
/// range, or in the 32-bit modes which side of the 2 GiB and 3 GiB splits. For people to read.
[[nodiscard]] std::string_view explain_address(std::uint64_t address, PagingMode mode) noexcept;

}  // namespace openbar
