#include "simulator/configuration_space.hpp"

#include <bit>

namespace openbar::simulator {
namespace {

// Offsets and bits of the type 0 header, PCI 3.0 section 6.1 and 6.2.
constexpr std::uint32_t command = 0x04;
constexpr std::uint32_t command_io = 1u << 0;
constexpr std::uint32_t command_memory = 1u << 1;
constexpr std::uint32_t command_bus_master = 1u << 2;
constexpr std::uint32_t command_parity_response = 1u << 6;
constexpr std::uint32_t command_serr = 1u << 8;
constexpr std::uint32_t command_interrupt_disable = 1u << 10;
constexpr std::uint32_t status_register = 0x06;
constexpr std::uint32_t status_interrupt = 1u << 3;
constexpr std::uint32_t status_capabilities = 1u << 4;
constexpr std::uint32_t bar0 = 0x10;
constexpr std::uint32_t rom_bar = 0x30;

constexpr std::uint8_t capability_power_management = 0x01;
constexpr std::uint8_t capability_msi = 0x05;
constexpr std::uint8_t capability_msix = 0x11;

// Offsets within the MSI capability in its 64-bit form with masking, section 6.8.1.
constexpr std::uint32_t msi_control = 2;
constexpr std::uint32_t msi_enable = 1u << 0;
constexpr std::uint32_t msi_multiple_enable = 7u << 4;
constexpr std::uint32_t msi_address = 4;
constexpr std::uint32_t msi_address_high = 8;
constexpr std::uint32_t msi_data = 12;
constexpr std::uint32_t msi_mask = 16;
constexpr std::uint32_t msi_pending = 20;

// Control of the MSI-X capability, section 6.8.2.3.
constexpr std::uint32_t msix_enable = 1u << 15;
constexpr std::uint32_t msix_function_mask = 1u << 14;

constexpr bool fits_a_bar(const RegionDescription& region) {
    if (!std::has_single_bit(region.size)) return false;
    if (region.index > rom_region || (region.is_64bit && region.index >= 5)) return false;
    const std::uint64_t smallest = region.port_io ? 4 : 16;
    const std::uint64_t largest = region.is_64bit ? 1ull << 63 : 1ull << 31;
    return region.size >= smallest && region.size <= largest;
}

}  // namespace

ConfigurationSpace::ConfigurationSpace(const Description& description) {
    describe_header(description);
    describe_bars(description);
    if (description.power_management) add_power_management();
    if (std::has_single_bit(description.msi_vectors) && description.msi_vectors <= 32)
        add_msi(description.msi_vectors);
    if (description.msix_vectors != 0 && description.msix_vectors <= 2048) add_msix(description);
    initial_ = bytes_;
}

void ConfigurationSpace::describe_header(const Description& description) noexcept {
    set(0x00, 2, description.vendor);
    set(0x02, 2, description.device);
    set(0x08, 1, description.revision);
    set(0x09, 3, description.class_code);
    set(0x2c, 2, description.subsystem_vendor);
    set(0x2e, 2, description.subsystem);
    allow(command, 2, command_bus_master | command_parity_response | command_serr);
    allow(0x0c, 2, 0xffff);  // cache line size and latency timer: kept for the software's sake
    if (description.intx) {
        set(0x3d, 1, 1);  // INTA
        allow(0x3c, 1, 0xff);
        allow(command, 2, command_interrupt_disable);
    }
}

void ConfigurationSpace::describe_bars(const Description& description) noexcept {
    for (const RegionDescription& region : description.regions) {
        if (!fits_a_bar(region)) continue;
        const std::uint64_t address_bits = ~(region.size - 1);
        if (region.index == rom_region) {
            allow(rom_bar, 4, (address_bits & 0xfffff800) | 1);
            allow(command, 2, command_memory);
            continue;
        }
        const std::uint32_t bar = bar0 + 4 * region.index;
        if (region.port_io) {
            set(bar, 4, 1);
            allow(bar, 4, address_bits & 0xfffffffc);
            allow(command, 2, command_io);
            continue;
        }
        set(bar, 4, (region.is_64bit ? 4u : 0u) | (region.prefetchable ? 8u : 0u));
        allow(bar, 4, address_bits & 0xfffffff0);
        if (region.is_64bit) allow(bar + 4, 4, address_bits >> 32);
        allow(command, 2, command_memory);
    }
}

std::uint32_t ConfigurationSpace::add_capability(std::uint8_t id, std::uint32_t length) noexcept {
    const std::uint32_t offset = next_free_;
    next_free_ += (length + 3) & ~3u;
    set(offset, 1, id);
    set(last_link_, 1, offset);
    last_link_ = offset + 1;
    set(status_register, 2, get(status_register, 2) | status_capabilities);
    return offset;
}

void ConfigurationSpace::add_power_management() noexcept {
    power_management_ = add_capability(capability_power_management, 8);
    set(power_management_ + 2, 2, 0x0003);  // version 1.2; neither D1, D2 nor wake-up
    set(power_management_ + 4, 2, 0x0008);  // leaving D3hot resets nothing
    allow(power_management_ + 4, 2, 0x0003);
}

void ConfigurationSpace::add_msi(unsigned vectors) noexcept {
    msi_ = add_capability(capability_msi, 24);
    const auto log2_vectors = static_cast<std::uint32_t>(std::bit_width(vectors) - 1);
    set(msi_ + msi_control, 2, (1u << 8) | (1u << 7) | (log2_vectors << 1));
    allow(msi_ + msi_control, 2, 0x0071);
    allow(msi_ + msi_address, 4, 0xfffffffc);
    allow(msi_ + msi_address_high, 4, 0xffffffff);
    allow(msi_ + msi_data, 2, 0xffff);
    allow(msi_ + msi_mask, 4, vectors == 32 ? 0xffffffff : (1u << vectors) - 1);
}

void ConfigurationSpace::add_msix(const Description& description) noexcept {
    msix_ = add_capability(capability_msix, 12);
    set(msix_ + 2, 2, description.msix_vectors - 1u);
    allow(msix_ + 2, 2, 0xc000);
    const auto place = [&](std::uint64_t offset) {
        return (offset & 0xfffffff8) | (description.msix_region & 7);
    };
    set(msix_ + 4, 4, place(description.msix_offset));
    set(msix_ + 8, 4, place(MsixTable::pending_offset(description)));
}

std::uint64_t ConfigurationSpace::read(std::uint64_t offset, unsigned width) const noexcept {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < width && i < 8; ++i) {
        const std::uint64_t at = offset + i;
        const std::uint64_t byte = at < size ? bytes_[at] : 0xff;
        value |= byte << (8 * i);
    }
    return value;
}

void ConfigurationSpace::write(std::uint64_t offset, unsigned width, std::uint64_t value) noexcept {
    for (unsigned i = 0; i < width && i < 8; ++i) {
        const std::uint64_t at = offset + i;
        if (at >= size) return;
        const auto byte = static_cast<std::uint8_t>(value >> (8 * i));
        const std::uint8_t mask = writable_[at];
        bytes_[at] = static_cast<std::uint8_t>((bytes_[at] & ~mask) | (byte & mask));
    }
    if (msi_ != 0) {
        // Software that enables more messages than the card has gets those it has.
        const std::uint32_t control = get(msi_ + msi_control, 2);
        const std::uint32_t capable = (control >> 1) & 7;
        if (((control >> 4) & 7) > capable)
            set(msi_ + msi_control, 2, (control & ~0x70u) | (capable << 4));
    }
}

void ConfigurationSpace::reset() noexcept {
    bytes_ = initial_;
}

void ConfigurationSpace::set_decoding(bool on) noexcept {
    const std::uint32_t bits = command_io | command_memory;
    write(command, 2, on ? get(command, 2) | bits : get(command, 2) & ~bits);
}

void ConfigurationSpace::set_bus_master(bool on) noexcept {
    const std::uint32_t others = get(command, 2) & ~command_bus_master;
    write(command, 2, on ? others | command_bus_master : others);
}

void ConfigurationSpace::switch_msi(bool on) noexcept {
    if (msi_ == 0) return;
    const std::uint32_t control = get(msi_ + msi_control, 2) & ~(msi_enable | msi_multiple_enable);
    const std::uint32_t capable = control >> 1 & 7;
    write(msi_ + msi_control, 2, on ? control | msi_enable | capable << 4 : control);
}

void ConfigurationSpace::switch_msix(bool on) noexcept {
    if (msix_ == 0) return;
    const std::uint32_t control = get(msix_ + 2, 2) & ~(msix_enable | msix_function_mask);
    write(msix_ + 2, 2, on ? control | msix_enable : control);
}

bool ConfigurationSpace::asleep() const noexcept {
    return power_management_ != 0 && (get(power_management_ + 4, 2) & 3) != 0;
}

bool ConfigurationSpace::io_enabled() const noexcept {
    return (get(command, 2) & command_io) != 0 && !asleep();
}

bool ConfigurationSpace::memory_enabled() const noexcept {
    return (get(command, 2) & command_memory) != 0 && !asleep();
}

bool ConfigurationSpace::bus_master() const noexcept {
    return (get(command, 2) & command_bus_master) != 0 && !asleep();
}

std::uint64_t ConfigurationSpace::bar_address(RegionNumber region) const noexcept {
    if (region > rom_region) return 0;
    const std::uint32_t offset = region == rom_region ? rom_bar : bar0 + 4 * region;
    const std::uint32_t low = get(offset, 4);
    if (region == rom_region) return low & 0xfffff800;
    if ((low & 1) != 0) return low & 0xfffffffc;
    const std::uint64_t high = (low & 4) != 0 ? get(offset + 4, 4) : 0;
    return (high << 32) | (low & 0xfffffff0);
}

void ConfigurationSpace::set_interrupt_line(bool asserted) noexcept {
    const std::uint32_t others = get(status_register, 2) & ~status_interrupt;
    set(status_register, 2, others | (asserted ? status_interrupt : 0));
}

bool ConfigurationSpace::interrupt_disabled() const noexcept {
    return (get(command, 2) & command_interrupt_disable) != 0;
}

bool ConfigurationSpace::intx_asserted() const noexcept {
    return bytes_[0x3d] != 0 && (get(status_register, 2) & status_interrupt) != 0 &&
           !interrupt_disabled() && !msi_enabled() && !msix_enabled();
}

bool ConfigurationSpace::msi_enabled() const noexcept {
    return msi_ != 0 && (get(msi_ + msi_control, 2) & msi_enable) != 0;
}

unsigned ConfigurationSpace::msi_vectors_enabled() const noexcept {
    return msi_enabled() ? 1u << ((get(msi_ + msi_control, 2) >> 4) & 7) : 0;
}

bool ConfigurationSpace::msi_masked(unsigned vector) const noexcept {
    return msi_ == 0 || vector >= 32 || ((get(msi_ + msi_mask, 4) >> vector) & 1) != 0;
}

InterruptMessage ConfigurationSpace::msi_message(unsigned vector) const noexcept {
    const unsigned enabled = msi_vectors_enabled();
    if (enabled == 0) return {};
    // A card with fewer messages than it wants folds the rest into those it was given.
    const std::uint32_t data = (get(msi_ + msi_data, 2) & ~(enabled - 1)) | (vector % enabled);
    const std::uint64_t high = get(msi_ + msi_address_high, 4);
    return {(high << 32) | get(msi_ + msi_address, 4), data};
}

void ConfigurationSpace::set_msi_pending(unsigned vector) noexcept {
    if (msi_ == 0 || vector >= 32) return;
    set(msi_ + msi_pending, 4, get(msi_ + msi_pending, 4) | (1u << vector));
}

std::uint32_t ConfigurationSpace::take_msi_unmasked() noexcept {
    if (!msi_enabled()) return 0;
    const std::uint32_t pending = get(msi_ + msi_pending, 4);
    const std::uint32_t due = pending & ~get(msi_ + msi_mask, 4);
    set(msi_ + msi_pending, 4, pending & ~due);
    return due;
}

bool ConfigurationSpace::msix_enabled() const noexcept {
    return msix_ != 0 && (get(msix_ + 2, 2) & msix_enable) != 0;
}

bool ConfigurationSpace::msix_function_masked() const noexcept {
    return msix_ != 0 && (get(msix_ + 2, 2) & msix_function_mask) != 0;
}

void ConfigurationSpace::set(std::uint32_t offset, unsigned width, std::uint64_t value) noexcept {
    for (unsigned i = 0; i < width; ++i)
        bytes_[(offset + i) % size] = static_cast<std::uint8_t>(value >> (8 * i));
}

void ConfigurationSpace::allow(std::uint32_t offset, unsigned width, std::uint64_t mask) noexcept {
    for (unsigned i = 0; i < width; ++i)
        writable_[(offset + i) % size] |= static_cast<std::uint8_t>(mask >> (8 * i));
}

std::uint32_t ConfigurationSpace::get(std::uint32_t offset, unsigned width) const noexcept {
    return static_cast<std::uint32_t>(read(offset, width));
}

}  // namespace openbar::simulator
