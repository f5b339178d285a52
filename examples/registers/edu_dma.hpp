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
#include "openbar/mediated_registers.hpp"

#include "examples/registers/edu.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <utility>

namespace edu {

class DmaEngine {
public:
    /// Bytes, of its own buffer and so of one transfer: QEMU 7.2 aborts at the last byte.
    static constexpr std::size_t capacity = dma_buffer_size - 1;
    /// The highest bus address that it forms: to be asked for in constraints.
    static constexpr std::uint64_t reach = (std::uint64_t{1} << dma_address_bits) - 1;

    explicit DmaEngine(openbar::Region region) noexcept : registers_(std::move(region)) {}

    /// The card reads `size` bytes of the memory from `offset` on, which lie in one segment, into
    /// its buffer from `place` on. Returns when it is done; error: timed_out, or that of an access.
    [[nodiscard]] openbar::Result<void> read_memory(const openbar::DmaMemory& memory,
                                                    std::size_t offset, std::size_t size,
                                                    std::size_t place = 0) const {
        memory.sync_for_device();
        start(memory.iova_of(offset), dma_buffer + place, size, false);
        return wait();
    }
    /// The card writes to the memory, likewise.
    [[nodiscard]] openbar::Result<void> write_memory(const openbar::DmaMemory& memory,
                                                     std::size_t offset, std::size_t size,
                                                     std::size_t place = 0) const {
        memory.sync_for_device();
        start(dma_buffer + place, memory.iova_of(offset), size, true);
        auto done = wait();
        memory.sync_for_cpu();
        return done;
    }

    /// The two halves of the above, by bus addresses.
    void start(std::uint64_t source, std::uint64_t destination, std::size_t size,
               bool to_memory) const {
        registers_.write<DmaSource>(source);
        registers_.write<DmaDestination>(destination);
        registers_.write<DmaCount>(size);
        openbar::Value<DmaCommand> command(0);
        command.set(DmaCommand::Run{});
        if (to_memory) command.set(DmaCommand::FromDevice{});
        registers_.write<DmaCommand>(command);
    }
    [[nodiscard]] openbar::Result<void> wait() const {
        const auto done = registers_.wait_until<DmaCommand>(
            [](auto command) { return !command.template get<DmaCommand::Run>(); },
            std::chrono::seconds(10));
        if (!done) return std::unexpected(done.error());
        return {};
    }

    [[nodiscard]] const openbar::MediatedRegisters& registers() const noexcept {
        return registers_;
    }

private:
    openbar::MediatedRegisters registers_;
};

}  // namespace edu
