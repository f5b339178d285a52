#include "simulator/models/intel_82540em/card.hpp"

#include "simulator/models/intel_82540em/hardware.hpp"

#include <utility>

namespace openbar::simulator {
namespace {

constexpr RegionNumber memory_region = 0;
constexpr RegionNumber port_region = 2;
constexpr std::uint64_t memory_size = 128 * 1024;
constexpr std::uint64_t port_size = 64;
constexpr std::uint64_t port_address = 0;
constexpr std::uint64_t port_data = 4;

}  // namespace

Intel82540em::Intel82540em(const Options& options, std::unique_ptr<Wire> wire)
    : options_(options), wire_(std::move(wire)) {
    description_.name = "82540em";
    description_.vendor = 0x8086;
    description_.device = 0x100e;
    description_.subsystem_vendor = 0x8086;
    description_.subsystem = 0x001e;
    description_.revision = 0x02;
    description_.class_code = 0x020000;
    description_.regions = {{.index = memory_region, .size = memory_size},
                            {.index = port_region, .size = port_size, .port_io = true}};
    description_.intx = true;
    description_.msi_vectors = 1;
    description_.power_management = true;
    description_.keeps_state_asleep = false;
}

Intel82540em::~Intel82540em() = default;

void Intel82540em::attach(Bus& bus) {
    Model::attach(bus);
    hardware_ = std::make_unique<Hardware>(bus, options_.mac, options_.negotiation_time, *wire_);
    wire_->attach(
        bus, [this](std::span<const std::byte> frame) { hardware_->arrived(frame); }, false);
    hardware_->power_on();
}

void Intel82540em::reset() {
    port_address_ = 0;
    hardware_->power_on();
    wire_->reset();
}

std::uint64_t Intel82540em::read(RegionNumber region, std::uint64_t offset, unsigned width) {
    if (width == 8) {
        const std::uint64_t low = read(region, offset, 4);
        return low | (read(region, offset + 4, 4) << 32);
    }
    const unsigned shift = 8 * static_cast<unsigned>(offset % 4);
    const std::uint64_t aligned = offset & ~std::uint64_t{3};
    if (region == memory_region) return read_register(aligned) >> shift;
    // Ports answer only to accesses of their full width.
    if (region == port_region && width == 4) return read_port(aligned);
    return all_ones;
}

void Intel82540em::write(RegionNumber region, std::uint64_t offset, unsigned width,
                         std::uint64_t value) {
    if (width == 8) {
        write(region, offset, 4, value & 0xffffffff);
        write(region, offset + 4, 4, value >> 32);
        return;
    }
    if (width != 4) return;
    const auto word = static_cast<std::uint32_t>(value);
    if (region == memory_region) write_register(offset, word);
    if (region == port_region) write_port(offset, word);
}

std::uint32_t Intel82540em::read_register(std::uint64_t offset) {
    return offset < e1000::reg::end ? hardware_->read(static_cast<e1000::Offset>(offset)) : 0;
}

void Intel82540em::write_register(std::uint64_t offset, std::uint32_t value) {
    if (offset < e1000::reg::end) hardware_->write(static_cast<e1000::Offset>(offset), value);
}

std::uint32_t Intel82540em::read_port(std::uint64_t offset) {
    if (offset == port_address) return port_address_;
    return offset == port_data ? read_register(port_address_ & ~3u) : 0xffffffff;
}

void Intel82540em::write_port(std::uint64_t offset, std::uint32_t value) {
    if (offset == port_address) port_address_ = value;
    if (offset == port_data) write_register(port_address_ & ~3u, value);
}

}  // namespace openbar::simulator
