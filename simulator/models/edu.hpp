/// QEMU's educational PCI device, register for register (QEMU docs/specs/edu, 1234:11e8).
///
///     openbar::simulator::Edu edu({.dma_time = std::chrono::milliseconds(1)});
///
/// | offset | access | register |
/// | --- | --- | --- |
/// | 0x00 | RO | identification, 0x010000ed |
/// | 0x04 | RW | liveness: reads as the inverse of what was written |
/// | 0x08 | RW | factorial: n! (its low 32 bits) replaces the n written here |
/// | 0x20 | RW | status: 0x01 computing (RO), 0x80 interrupt when the factorial is there |
/// | 0x24 | RO | interrupt status: 0x01 factorial, 0x100 DMA, any bits raised by hand |
/// | 0x60 | WO | raise these interrupt bits |
/// | 0x64 | WO | acknowledge these interrupt bits |
/// | 0x80 | RW | DMA source; 0x88 destination; 0x90 count of bytes |
/// | 0x98 | RW | DMA command: 0x01 run, 0x02 from card to memory, 0x04 interrupt when done |
///
/// Below 0x80 only 4-byte accesses count, from there on those of 4 or 8 bytes; anything else reads
/// as all ones and writes nothing. A 4-byte write sets all 64 bits of a DMA register. The card's
/// buffer of 4096 bytes lies at 0x40000 for DMA and cannot be read through the BAR.
///
/// Where QEMU's device leaves the rails this one does not: a DMA that does not lie within the
/// buffer, or whose memory is not there, moves no byte and then ends as any other, interrupt
/// included. (QEMU's aborts the machine, or in newer versions logs and goes on.) And a
/// reset of the device resets its registers, which QEMU's keeps.
#pragma once

#include "simulator/model.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace openbar::simulator {

class Edu final : public Model {
public:
    struct Options {
        /// The address bits that the card has; addresses lose the others.
        std::uint64_t dma_mask = (std::uint64_t{1} << 28) - 1;
        std::chrono::nanoseconds dma_time = std::chrono::milliseconds(100);
        std::chrono::nanoseconds factorial_time = std::chrono::microseconds(20);
    };

    Edu() : Edu(Options{}) {}
    explicit Edu(const Options& options);

    [[nodiscard]] const Description& description() const override { return description_; }
    [[nodiscard]] std::uint64_t read(RegionNumber region, std::uint64_t offset,
                                     unsigned width) override;
    void write(RegionNumber region, std::uint64_t offset, unsigned width,
               std::uint64_t value) override;
    void reset() override;

private:
    void start_factorial(std::uint32_t number);
    void finish_factorial();
    void write_dma(std::uint64_t& dma_register, std::uint64_t value) const;
    void start_dma(std::uint64_t command);
    void finish_dma();
    void transfer();
    void raise(std::uint32_t bits);
    void acknowledge(std::uint32_t bits);

    // What a reset clears, in one place.
    struct Registers {
        std::uint32_t liveness = 0;
        std::uint32_t factorial = 0;
        std::uint32_t status = 0;
        std::uint32_t interrupt_status = 0;
        std::uint64_t dma_source = 0;
        std::uint64_t dma_destination = 0;
        std::uint64_t dma_count = 0;
        std::uint64_t dma_command = 0;
    };

    Options options_;
    Description description_;
    Registers registers_;
    std::array<std::byte, 4096> buffer_{};
};

}  // namespace openbar::simulator
