/// The model of docs/models.md: a card that takes a sample each period, stores it in a ring in
/// memory by DMA, and interrupts.
///
/// | offset in BAR 0 | access | register |
/// | --- | --- | --- |
/// | 0x00 | RO | identification, 0x53414d50 |
/// | 0x04 | RW | control: 1 run, 2 interrupt |
/// | 0x08 | RW | period in microseconds, at least 1 |
/// | 0x0c | RO | how many samples were taken since the reset |
/// | 0x10 | RW | IOVA of the ring: 0x10 lower half, 0x14 upper half |
/// | 0x18 | RW | 32-bit entries in the ring |
/// | 0x1c | RW1C | interrupt status: 1 a sample was stored, 2 the ring is not in memory |
///
/// BAR 1 is 4096 bytes of plain memory, which a driver maps: the waveform that is sampled, as 1024
/// numbers of 32 bits.
#pragma once

#include "simulator/model.hpp"
#include "simulator/timer.hpp"

#include <cstdint>
#include <memory>

class Sampler final : public openbar::simulator::Model {
public:
    Sampler();
    const openbar::simulator::Description& description() const override { return description_; }
    void attach(openbar::simulator::Bus& bus) override;
    std::uint64_t read(openbar::simulator::RegionNumber region, std::uint64_t offset,
                       unsigned width) override;
    void write(openbar::simulator::RegionNumber region, std::uint64_t offset, unsigned width,
               std::uint64_t value) override;
    void reset() override;

private:
    void write_control(std::uint32_t value);
    void start_period();
    void take_sample();
    void update_interrupt();

    struct Registers {
        std::uint32_t control = 0;
        std::uint32_t period = 1000;
        std::uint32_t count = 0;
        std::uint32_t ring_low = 0;
        std::uint32_t ring_high = 0;
        std::uint32_t ring_entries = 0;
        std::uint32_t interrupt_status = 0;
    };

    openbar::simulator::Description description_;
    Registers registers_;
    bool interrupting_ = false;
    std::unique_ptr<openbar::simulator::Timer> period_;
};
