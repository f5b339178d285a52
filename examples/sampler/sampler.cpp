#include "sampler.hpp"

#include <algorithm>
#include <chrono>
#include <span>

namespace {

constexpr std::uint64_t identification = 0x00;
constexpr std::uint64_t control = 0x04;
constexpr std::uint64_t period = 0x08;
constexpr std::uint64_t count = 0x0c;
constexpr std::uint64_t ring_low = 0x10;
constexpr std::uint64_t ring_high = 0x14;
constexpr std::uint64_t ring_entries = 0x18;
constexpr std::uint64_t interrupt_status = 0x1c;

constexpr std::uint32_t control_run = 1;
constexpr std::uint32_t control_interrupt = 2;
constexpr std::uint32_t status_stored = 1;
constexpr std::uint32_t status_no_memory = 2;

constexpr openbar::simulator::RegionNumber registers_bar = 0;
constexpr openbar::simulator::RegionNumber waveform_bar = 1;
constexpr std::uint64_t all_ones = ~std::uint64_t{0};

}  // namespace

Sampler::Sampler() {
    description_.name = "sampler";
    description_.vendor = 0x1234;
    description_.device = 0x5a17;
    description_.class_code = 0x118000;  // signal processing, other
    description_.regions = {
        {.index = registers_bar, .size = 4096},
        {.index = waveform_bar, .size = 4096, .plain = {{.offset = 0, .length = 4096}}},
    };
    description_.intx = true;
    description_.msi_vectors = 1;
}

void Sampler::attach(openbar::simulator::Bus& bus) {
    Model::attach(bus);
    period_ = std::make_unique<openbar::simulator::Timer>(bus, [this] { take_sample(); });
}

std::uint64_t Sampler::read(openbar::simulator::RegionNumber region, std::uint64_t offset,
                            unsigned width) {
    // This card answers 32-bit accesses only. (BAR 1 is plain: it never comes here.)
    if (region != registers_bar || width != 4) return all_ones;
    switch (offset) {
        case identification: return 0x53414d50;
        case control: return registers_.control;
        case period: return registers_.period;
        case count: return registers_.count;
        case ring_low: return registers_.ring_low;
        case ring_high: return registers_.ring_high;
        case ring_entries: return registers_.ring_entries;
        case interrupt_status: return registers_.interrupt_status;
        default: return all_ones;
    }
}

void Sampler::write(openbar::simulator::RegionNumber region, std::uint64_t offset, unsigned width,
                    std::uint64_t value) {
    if (region != registers_bar || width != 4) return;
    const auto word = static_cast<std::uint32_t>(value);
    switch (offset) {
        case control: write_control(word); break;
        case period: registers_.period = std::max(word, 1u); break;
        case ring_low: registers_.ring_low = word & ~3u; break;
        case ring_high: registers_.ring_high = word; break;
        case ring_entries: registers_.ring_entries = word; break;
        case interrupt_status:
            registers_.interrupt_status &= ~word;
            update_interrupt();
            break;
        default: break;
    }
}

void Sampler::reset() {
    period_->stop();
    registers_ = {};
    update_interrupt();
}

void Sampler::write_control(std::uint32_t value) {
    const bool was_running = (registers_.control & control_run) != 0;
    registers_.control = value & (control_run | control_interrupt);
    const bool running = (registers_.control & control_run) != 0;
    if (running && !was_running) start_period();
    if (!running) period_->stop();
    update_interrupt();
}

void Sampler::start_period() {
    period_->start(std::chrono::microseconds(registers_.period));
}

void Sampler::take_sample() {
    // The program may write this memory at any time: it is read once, and any value is fine.
    const auto waveform = bus_->memory(waveform_bar);
    const auto sample = waveform.subspan(registers_.count % 1024 * 4, 4);
    if (registers_.ring_entries != 0) {
        const std::uint64_t ring =
            (std::uint64_t{registers_.ring_high} << 32) | registers_.ring_low;
        const std::uint64_t entry = registers_.count % registers_.ring_entries;
        const bool stored = bus_->write(ring + 4 * entry, sample);
        registers_.interrupt_status |= stored ? status_stored : status_no_memory;
    }
    ++registers_.count;
    start_period();
    update_interrupt();
}

void Sampler::update_interrupt() {
    const bool wanted =
        registers_.interrupt_status != 0 && (registers_.control & control_interrupt) != 0;
    // A message is sent when the interrupt begins; the line stays up until it is acknowledged.
    if (wanted && !interrupting_ && !bus_->send_message(0)) bus_->set_interrupt_line(true);
    if (!wanted) bus_->set_interrupt_line(false);
    interrupting_ = wanted;
}
