#include "simulator/models/edu.hpp"

#include <algorithm>
#include <span>

namespace openbar::simulator {
namespace {

constexpr std::uint64_t identification = 0x00;
constexpr std::uint64_t liveness = 0x04;
constexpr std::uint64_t factorial = 0x08;
constexpr std::uint64_t factorial_status = 0x20;
constexpr std::uint64_t interrupt_status = 0x24;
constexpr std::uint64_t interrupt_raise = 0x60;
constexpr std::uint64_t interrupt_acknowledge = 0x64;
constexpr std::uint64_t dma_source = 0x80;
constexpr std::uint64_t dma_destination = 0x88;
constexpr std::uint64_t dma_count = 0x90;
constexpr std::uint64_t dma_command = 0x98;

constexpr std::uint32_t status_computing = 0x01;
constexpr std::uint32_t status_interrupt_enable = 0x80;
constexpr std::uint32_t interrupt_factorial = 0x001;
constexpr std::uint32_t interrupt_dma = 0x100;
constexpr std::uint64_t command_run = 0x1;
constexpr std::uint64_t command_to_memory = 0x2;
constexpr std::uint64_t command_interrupt = 0x4;

constexpr std::uint64_t buffer_address = 0x40000;

constexpr bool counts(std::uint64_t offset, unsigned width) {
    return width == 4 || (width == 8 && offset >= dma_source);
}

constexpr std::uint32_t factorial_of(std::uint32_t number) {
    // 34! is divisible by 2^32: from there on the low 32 bits are zero.
    if (number >= 34) return 0;
    std::uint32_t product = 1;
    for (; number > 1; --number) product *= number;
    return product;
}

}  // namespace

Edu::Edu(const Options& options) : options_(options) {
    description_.name = "edu";
    description_.vendor = 0x1234;
    description_.device = 0x11e8;
    description_.subsystem_vendor = 0x1af4;
    description_.subsystem = 0x1100;
    description_.revision = 0x10;
    description_.class_code = 0x00ff00;
    description_.regions = {{.index = 0, .size = 1 << 20}};
    description_.intx = true;
    description_.msi_vectors = 1;
}

std::uint64_t Edu::read(RegionNumber region, std::uint64_t offset, unsigned width) {
    if (region != 0 || !counts(offset, width)) return all_ones;
    switch (offset) {
        case identification: return 0x010000ed;
        case liveness: return registers_.liveness;
        case factorial: return registers_.factorial;
        case factorial_status: return registers_.status;
        case interrupt_status: return registers_.interrupt_status;
        case dma_source: return registers_.dma_source;
        case dma_destination: return registers_.dma_destination;
        case dma_count: return registers_.dma_count;
        case dma_command: return registers_.dma_command;
        default: return all_ones;
    }
}

void Edu::write(RegionNumber region, std::uint64_t offset, unsigned width, std::uint64_t value) {
    if (region != 0 || !counts(offset, width)) return;
    const auto word = static_cast<std::uint32_t>(value);
    switch (offset) {
        case liveness: registers_.liveness = ~word; break;
        case factorial: start_factorial(word); break;
        case factorial_status:
            registers_.status =
                (registers_.status & status_computing) | (word & status_interrupt_enable);
            break;
        case interrupt_raise: raise(word); break;
        case interrupt_acknowledge: acknowledge(word); break;
        case dma_source: write_dma(registers_.dma_source, value); break;
        case dma_destination: write_dma(registers_.dma_destination, value); break;
        case dma_count: write_dma(registers_.dma_count, value); break;
        case dma_command: start_dma(value); break;
        default: break;
    }
}

void Edu::reset() {
    registers_ = {};
    buffer_.fill(std::byte{0});
    bus_->set_interrupt_line(false);
}

void Edu::start_factorial(std::uint32_t number) {
    if ((registers_.status & status_computing) != 0) return;
    registers_.factorial = number;
    registers_.status |= status_computing;
    bus_->at(bus_->now() + options_.factorial_time, [this] { finish_factorial(); });
}

void Edu::finish_factorial() {
    registers_.factorial = factorial_of(registers_.factorial);
    registers_.status &= ~status_computing;
    if ((registers_.status & status_interrupt_enable) != 0) raise(interrupt_factorial);
}

void Edu::write_dma(std::uint64_t& dma_register, std::uint64_t value) const {
    if ((registers_.dma_command & command_run) == 0) dma_register = value;
}

void Edu::start_dma(std::uint64_t command) {
    if ((command & command_run) == 0 || (registers_.dma_command & command_run) != 0) return;
    registers_.dma_command = command;
    bus_->at(bus_->now() + options_.dma_time, [this] { finish_dma(); });
}

void Edu::finish_dma() {
    transfer();
    registers_.dma_command &= ~command_run;
    if ((registers_.dma_command & command_interrupt) != 0) raise(interrupt_dma);
}

void Edu::transfer() {
    const bool to_memory = (registers_.dma_command & command_to_memory) != 0;
    const std::uint64_t inside = to_memory ? registers_.dma_source : registers_.dma_destination;
    const std::uint64_t outside = to_memory ? registers_.dma_destination : registers_.dma_source;
    const std::uint64_t count = registers_.dma_count;
    if (inside < buffer_address || inside - buffer_address > buffer_.size() ||
        count > buffer_.size() - (inside - buffer_address))
        return;
    const auto part = std::span(buffer_).subspan(inside - buffer_address, count);
    if (to_memory) {
        // Memory that is not there swallows the write, as it would on a bus.
        static_cast<void>(bus_->write(outside & options_.dma_mask, part));
        return;
    }
    std::array<std::byte, 4096> arrived;
    const auto whole = std::span(arrived).first(count);
    if (!bus_->read(outside & options_.dma_mask, whole)) return;
    std::copy(whole.begin(), whole.end(), part.begin());
}

void Edu::raise(std::uint32_t bits) {
    registers_.interrupt_status |= bits;
    if (registers_.interrupt_status == 0) return;
    if (!bus_->send_message(0)) bus_->set_interrupt_line(true);
}

void Edu::acknowledge(std::uint32_t bits) {
    registers_.interrupt_status &= ~bits;
    if (registers_.interrupt_status == 0) bus_->set_interrupt_line(false);
}

}  // namespace openbar::simulator
