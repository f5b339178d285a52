/// edu's DMA engine: one transfer at a time between the card's own buffer and memory.
///
///     edu::DmaEngine engine(*device.region(edu::bar));
///     engine.read_memory(*buffer, 0, 1000);                // the card reads 1,000 bytes,
///     engine.write_memory(*buffer, 4096, 1000);            // and writes them elsewhere
///
/// The device has to be bus master: `device.set_bus_master(true)`. QEMU's card takes 100 ms for a
/// transfer, and ends the whole machine where one leaves its buffer.
#pragma once

#include "openbar/dma.hpp"
#include "openbar/request_registers.hpp"

#include "examples/registers/edu.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <utility>

namespace edu {

class DmaEngine {
public:
    /// Bytes, of the card's buffer and so of one transfer: QEMU 7.2 aborts at the last byte.
    static constexpr std::size_t capacity = dma_buffer_size - 1;
    /// The highest bus address that it forms: to be asked for in constraints.
    static constexpr std::uint64_t reach = (std::uint64_t{1} << dma_address_bits) - 1;

    explicit DmaEngine(openbar::Region region) noexcept : registers_(std::move(region)) {}

    /// The card reads `size` bytes of the memory from `offset` on into its buffer from `place` on,
    /// segment by segment. Returns when it is done; error: timed_out, or that of an access.
    [[nodiscard]] openbar::Result<void> read_memory(const openbar::DmaMemory& memory,
                                                    std::size_t offset, std::size_t size,
                                                    std::size_t place = 0) const {
        memory.sync_for_device();
        return for_each_segment(memory, offset, size, [&](auto part, std::size_t done) {
            start(part.iova, dma_buffer + place + done, part.size, false);
        });
    }
    /// The card writes to the memory, likewise.
    [[nodiscard]] openbar::Result<void> write_memory(const openbar::DmaMemory& memory,
                                                     std::size_t offset, std::size_t size,
                                                     std::size_t place = 0) const {
        memory.sync_for_device();
        auto result = for_each_segment(memory, offset, size, [&](auto part, std::size_t done) {
            start(dma_buffer + place + done, part.iova, part.size, true);
        });
        memory.sync_for_cpu();
        return result;
    }

    /// The two halves of the above, by bus addresses.
    void start(std::uint64_t source, std::uint64_t destination, std::size_t size,
               bool to_memory) const {
        registers_.write<DmaSource>(source);
        registers_.write<DmaDestination>(destination);
        registers_.write<DmaCount>(size);
        registers_.write<DmaCommand>(DmaCommand::Run{true},
                                     DmaCommand::FromDevice{openbar::checked(to_memory)});
    }
    [[nodiscard]] openbar::Result<void> wait() const {
        OPENBAR_TRY(done, registers_.wait_until<DmaCommand>(DmaCommand::Run{false},
                                                            std::chrono::seconds(10)));
        return {};
    }

    [[nodiscard]] const openbar::RequestRegisters& registers() const noexcept { return registers_; }

private:
    /// Starts a transfer for each part of the memory that lies in one piece, and waits for it.
    template <typename Start>
    openbar::Result<void> for_each_segment(const openbar::DmaMemory& memory, std::size_t offset,
                                           std::size_t size, Start&& start_part) const {
        std::size_t done = 0;
        for (const openbar::DmaSegment& segment : memory.segments()) {
            if (done == size) break;
            if (offset >= segment.size) {
                offset -= static_cast<std::size_t>(segment.size);
                continue;
            }
            const std::uint64_t length =
                std::min<std::uint64_t>(segment.size - offset, size - done);
            start_part(openbar::DmaSegment{segment.iova + offset, length}, done);
            if (auto finished = wait(); !finished) return finished;
            done += static_cast<std::size_t>(length);
            offset = 0;
        }
        return {};
    }

    openbar::RequestRegisters registers_;
};

}  // namespace edu
