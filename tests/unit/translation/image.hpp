/// Physical memory made by hand, entry by entry.
#pragma once

#include "openbar/physical_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace openbar::testing {

class Image {
public:
    explicit Image(std::size_t size) : bytes_(size) {}

    template <typename Number>
    void put(std::uint64_t address, Number value) {
        std::memcpy(&bytes_.at(address + sizeof value - 1) - (sizeof value - 1), &value,
                    sizeof value);
    }
    /// Entries of page tables: `index` counts 8 bytes, or 4.
    void put64(std::uint64_t table, std::uint64_t index, std::uint64_t entry) {
        put(table + 8 * index, entry);
    }
    void put32(std::uint64_t table, std::uint64_t index, std::uint32_t entry) {
        put(table + 4 * index, entry);
    }

    /// Reads through to these bytes; the image must outlive it.
    [[nodiscard]] PhysicalMemory memory(std::uint64_t base = 0) const {
        return PhysicalMemory::from_raw(bytes_, base).value();
    }
    [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

private:
    std::vector<std::byte> bytes_;
};

}  // namespace openbar::testing
