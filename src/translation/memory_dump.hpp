/// What the readers of dumps make of a file: pieces of memory, and what the dump knows besides.
#pragma once

#include "openbar/physical_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace openbar {

struct MemoryDump {
    struct Piece {
        std::uint64_t address = 0;  ///< physical
        std::span<const std::byte> bytes{};
    };
    std::vector<Piece> pieces{};           ///< in the order of the dump; may overlap
    std::vector<PhysicalRange> missing{};  ///< announced, not held; in rising order
    std::vector<ProcessorState> processors{};
    std::uint16_t machine = 0;  ///< as in ELF headers; 0: the dump does not say
    std::uint64_t encryption_mask = 0;
    std::optional<PhysicalMemory::KernelTables> kernel_tables{};
};

}  // namespace openbar
