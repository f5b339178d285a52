/// The contents of an ELF core dump of a computer's memory.
#pragma once

#include "openbar/physical_memory.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace openbar {

struct ElfDump {
    struct Piece {
        std::uint64_t address = 0;  ///< physical
        std::span<const std::byte> bytes{};
    };
    std::vector<Piece> pieces{};           ///< in the order of the dump; may overlap
    std::vector<PhysicalRange> missing{};  ///< announced, not held; in rising order
    std::vector<ProcessorState> processors{};
};

/// Reads the headers; the pieces point into `bytes`. Errors as of PhysicalMemory::open.
Result<ElfDump> read_elf_dump(std::span<const std::byte> bytes);

}  // namespace openbar
