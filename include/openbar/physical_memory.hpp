/// A computer's physical memory in a file: a raw image, an ELF core dump, or a LiME dump.
///
///     auto memory = openbar::PhysicalMemory::open("guest.dump").value();
///     std::uint64_t value = 0;
///     if (memory.read(0x2a0b000, value)) std::cout << std::hex << value << "\n";
///     for (const auto& cpu : memory.processors()) std::cout << cpu.cr3 << "\n";  // prints 2a0a000
///
/// QEMU's monitor writes raw images by `pmemsave` and ELF dumps by `dump-guest-memory`; Linux's
/// kdump writes ELF dumps as `/proc/vmcore`. Each PT_LOAD segment is a piece of physical memory at
/// its `p_paddr` (System V gABI, chapter 5). Numbers in memory are little-endian, as on x86.
#pragma once

#include "openbar/physical_range.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace openbar {

/// The control registers of one processor that govern translation, from a dump.
struct ProcessorState {
    std::uint64_t cr0 = 0;
    std::uint64_t cr3 = 0;
    std::uint64_t cr4 = 0;
    std::uint64_t instruction_pointer = 0;
    bool long_mode = false;  ///< 64-bit mode was on (EFER.LMA), by the kind of dump
};

/// Memory, read by physical address. Move-only. It keeps its file mapped.
///
/// Thread-safety: any number of threads may read at once. The file must not be truncated: a read
/// past its end would raise SIGBUS.
class PhysicalMemory {
public:
    /// Opens an ELF core dump or a LiME dump, recognized by its first bytes, or else a raw image that
    /// starts at physical address 0. Segments may reach past the end of the file: `missing()` lists the
    /// missing parts. Errors: not_found; permission_denied; io; protocol (a broken dump, or headers
    /// past the end of the file); unsupported (a known format that cannot be read, by name; another byte order);
    /// invalid_argument (an empty file).
    [[nodiscard]] static Result<PhysicalMemory> open(const std::filesystem::path& path);
    /// Opens any file as a raw image, its first byte at physical address `base`. Errors: those of
    /// `open`; out_of_range if the image exceeds 64 bits.
    [[nodiscard]] static Result<PhysicalMemory> open_raw(const std::filesystem::path& path,
                                                         std::uint64_t base = 0);
    /// The same for bytes in memory. They are not copied and must outlive the object.
    [[nodiscard]] static Result<PhysicalMemory> from_raw(std::span<const std::byte> bytes,
                                                         std::uint64_t base = 0);
    [[nodiscard]] static Result<PhysicalMemory> from_elf(std::span<const std::byte> bytes,
                                                         std::string_view origin = "dump");

    /// The pieces of memory that the file holds, in rising order, disjoint.
    [[nodiscard]] std::vector<PhysicalRange> ranges() const;
    /// The pieces that the dump announces but does not hold: omitted, or past the end of the file.
    /// In rising order.
    [[nodiscard]] const std::vector<PhysicalRange>& missing() const noexcept { return missing_; }
    /// The processors in the dump (QEMU's dumps have them); empty for raw images.
    [[nodiscard]] const std::vector<ProcessorState>& processors() const noexcept {
        return processors_;
    }
    /// The machine of an ELF dump (`e_machine`: 62 for x86-64, 183 for AArch64); 0 for other files.
    [[nodiscard]] std::uint16_t machine() const noexcept { return machine_; }
    /// The bit of page-table entries and CR3 that marks encrypted memory (AMD's SME and SEV), from
    /// the note VMCOREINFO that Linux writes; 0 if there is none. See `Paging::encryption_mask`.
    [[nodiscard]] std::uint64_t encryption_mask() const noexcept { return encryption_mask_; }
    /// The kernel's tables of an AArch64 dump, from the same note.
    struct KernelTables {
        std::uint64_t ttbr1 = 0;
        unsigned granule_bits = 12;
        unsigned virtual_bits = 48;
    };
    [[nodiscard]] const std::optional<KernelTables>& kernel_tables() const noexcept {
        return kernel_tables_;
    }

    /// The bytes of [address, address + length), or null if they are not all in one piece of
    /// memory. Valid as long as this object.
    [[nodiscard]] const std::byte* at(std::uint64_t address, std::uint64_t length) const noexcept {
        const std::uint64_t offset = address - largest_.address;
        if (offset < largest_.length && length <= largest_.length - offset)
            return largest_.bytes + offset;
        return search(address, length);
    }

    /// Reads one number. Returns false and leaves `value` unchanged if it is not in memory.
    template <typename Number>
    [[nodiscard]] bool read(std::uint64_t address, Number& value) const noexcept {
        const std::byte* bytes = at(address, sizeof value);
        if (bytes == nullptr) return false;
        std::memcpy(&value, bytes, sizeof value);
        return true;
    }

private:
    struct Segment {
        std::uint64_t address = 0;
        std::uint64_t length = 0;
        const std::byte* bytes = nullptr;
    };

    PhysicalMemory() = default;
    [[nodiscard]] static Result<PhysicalMemory> read_raw(std::span<const std::byte> bytes,
                                                         std::uint64_t base);
    [[nodiscard]] static Result<PhysicalMemory> read_dump(std::span<const std::byte> bytes);
    [[nodiscard]] const std::byte* search(std::uint64_t address,
                                          std::uint64_t length) const noexcept;
    void take_segments(std::vector<Segment> segments);

    std::shared_ptr<const void> file_;  // the mapping that the segments point into, if any
    std::vector<Segment> segments_;
    Segment largest_;  // tried first: most memory, and most page tables, are in it
    std::vector<PhysicalRange> missing_;
    std::vector<ProcessorState> processors_;
    std::uint16_t machine_ = 0;
    std::uint64_t encryption_mask_ = 0;
    std::optional<KernelTables> kernel_tables_;
};

}  // namespace openbar
