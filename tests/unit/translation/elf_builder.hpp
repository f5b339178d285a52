/// ELF core dumps for the tests, written from the gABI's tables.
#pragma once

#include "openbar/physical_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace openbar::testing {

class ElfBuilder {
public:
    explicit ElfBuilder(bool wide = true) : wide_(wide) {}

    /// A segment of `contents` at `physical`, announced as `size` bytes where that is more.
    void load(std::uint64_t physical, std::vector<std::byte> contents, std::uint64_t size = 0);
    void qemu_processor(const ProcessorState& state);
    /// The note VMCOREINFO.
    void kernel_facts(const std::string& lines);

    /// Headers, the table of segments, then their contents in order.
    [[nodiscard]] std::vector<std::byte> build() const;
    /// Where the headers end and the contents begin.
    [[nodiscard]] std::size_t headers_end() const;

private:
    struct Segment {
        std::uint32_t type;
        std::uint64_t physical;
        std::uint64_t size;
        std::vector<std::byte> contents;
    };

    bool wide_;
    std::vector<Segment> segments_;
    std::vector<std::byte> notes_;
};

}  // namespace openbar::testing
