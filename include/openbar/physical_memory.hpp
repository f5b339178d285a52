/// A computer's physical memory as a file holds it: a raw image, or an ELF core dump.
///
///     auto memory = openbar::PhysicalMemory::open("guest.dump").value();
///     std::uint64_t value = 0;
///     if (memory.read(0x2a0b000, value)) std::cout << std::hex << value << "\n";
///     for (const auto& cpu : memory.processors()) std::cout << cpu.cr3 << "\n";  // prints 2a0a000
///
/// Raw images are what QEMU's monitor command `pmemsave` writes; ELF dumps what its
/// `dump-guest-memory` writes, or Linux's kdump as `/proc/vmcore`: each PT_LOAD segment is a piece
/// of physical memory at its `p_paddr` (System V gABI, chapter 5). Numbers in memory are little
/// endian, as x86 stores them.
#pragma once

#include "openbar/physical_range.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace openbar {

/// What a dump says of one processor: the control registers that govern translation.
struct ProcessorState {
    std::uint64_t cr0 = 0;
    std::uint64_t cr3 = 0;
    std::uint64_t cr4 = 0;
    std::uint64_t instruction_pointer = 0;
    bool long_mode = false;  ///< 64-bit mode was on (EFER.LMA), as the kind of dump tells
};

/// Memory that can be read by physical address. Move-only; it keeps its file mapped.
///
/// Thread-safety: any number of threads may read at once. The file must not shrink meanwhile: a
/// read of a part cut off would end the program with SIGBUS.
class PhysicalMemory {
public:
    /// Opens an ELF core dump, known by its first bytes, or else a raw image that starts at
    /// physical address 0. A dump whose segments reach past the end of the file opens, and
    /// `missing()` tells what was cut off; one whose headers do is `protocol`.
    /// Errors: not_found, permission_denied, io; protocol (a broken dump); unsupported (a dump of
    /// another format or byte order); invalid_argument (an empty file).
    [[nodiscard]] static Result<PhysicalMemory> open(const std::filesystem::path& path);
    /// Opens a raw image whatever its first bytes, its first byte at physical address `base`.
    /// Also `out_of_range` where the image would pass the end of 64 bits.
    [[nodiscard]] static Result<PhysicalMemory> open_raw(const std::filesystem::path& path,
                                                         std::uint64_t base = 0);
    /// The same of bytes in memory, which are not copied and must stay.
    [[nodiscard]] static Result<PhysicalMemory> from_raw(std::span<const std::byte> bytes,
                                                         std::uint64_t base = 0);
    [[nodiscard]] static Result<PhysicalMemory> from_elf(std::span<const std::byte> bytes,
                                                         std::string_view origin = "dump");

    /// The pieces of memory that are there, in rising order, disjoint.
    [[nodiscard]] std::vector<PhysicalRange> ranges() const;
    /// What the dump announces but does not hold, because the file was cut off or the dump left
    /// it out; in rising order.
    [[nodiscard]] const std::vector<PhysicalRange>& missing() const noexcept { return missing_; }
    /// The processors that the dump describes (QEMU's does); empty for raw images.
    [[nodiscard]] const std::vector<ProcessorState>& processors() const noexcept {
        return processors_;
    }

    /// Where the bytes of [address, address + length) are, or null where not all of them are in
    /// one piece of memory. Valid as long as this object.
    [[nodiscard]] const std::byte* at(std::uint64_t address, std::uint64_t length) const noexcept {
        const std::uint64_t offset = address - largest_.address;
        if (offset < largest_.length && length <= largest_.length - offset)
            return largest_.bytes + offset;
        return search(address, length);
    }

    /// Reads one number; false, and `value` untouched, where it is not in memory.
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
    [[nodiscard]] const std::byte* search(std::uint64_t address,
                                          std::uint64_t length) const noexcept;
    void take_segments(std::vector<Segment> segments);

    std::shared_ptr<const void> file_;  // the mapping that the segments point into, if any
    std::vector<Segment> segments_;
    Segment largest_;  // tried first: most memory, and most page tables, are in it
    std::vector<PhysicalRange> missing_;
    std::vector<ProcessorState> processors_;
};

}  // namespace openbar
