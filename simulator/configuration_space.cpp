#include "simulator/configuration_space.hpp"

#include "openbar/pci_registers.hpp"

#include <bit>

namespace openbar::simulator {
namespace {

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
    if (description.power_management) add_power_management(description.keeps_state_asleep);
    if (std::has_single_bit(description.msi_vectors) && description.msi_vectors <= 32)
        add_msi(description.msi_vectors, description.msi_maskable);
    if (description.msix_vectors != 0 && description.msix_vectors <= 2048) add_msix(description);
    initial_ = bytes_;
}

void ConfigurationSpace::describe_header(const Description& description) noexcept {
    set(pci::vendor_id, 2, description.vendor);
    set(pci::device_id, 2, description.device);
    set(pci::revision, 1, description.revision);
    set(pci::class_code, 3, description.class_code);
    set(pci::subsystem_vendor_id, 2, description.subsystem_vendor);
    set(pci::subsystem_id, 2, description.subsystem);
    allow(pci::command, 2,
          pci::command_bus_master | pci::command_parity_response | pci::command_system_error);
    allow(pci::cache_line_size, 2, 0xffff);  // and the latency timer: kept for the software's sake
    if (description.intx) {
        set(pci::interrupt_pin, 1, 1);  // INTA
        allow(pci::interrupt_line, 1, 0xff);
        allow(pci::command, 2, pci::command_interrupt_disable);
    }
}

void ConfigurationSpace::describe_bars(const Description& description) noexcept {
    for (const RegionDescription& region : description.regions) {
        if (!fits_a_bar(region)) continue;
        const std::uint64_t address_bits = ~(region.size - 1);
        if (region.index == rom_region) {
            allow(pci::rom_address, 4, (address_bits & 0xfffff800) | 1);
            allow(pci::command, 2, pci::command_memory);
            continue;
        }
        const std::uint32_t bar = pci::bar0 + 4 * region.index;
        if (region.port_io) {
            set(bar, 4, 1);
            allow(bar, 4, address_bits & 0xfffffffc);
            allow(pci::command, 2, pci::command_io);
            continue;
        }
        set(bar, 4, (region.is_64bit ? 4u : 0u) | (region.prefetchable ? 8u : 0u));
        allow(bar, 4, address_bits & 0xfffffff0);
        if (region.is_64bit) allow(bar + 4, 4, address_bits >> 32);
        allow(pci::command, 2, pci::command_memory);
    }
}

std::uint32_t ConfigurationSpace::add_capability(std::uint8_t id, std::uint32_t length) noexcept {
    const std::uint32_t offset = next_free_;
    next_free_ += (length + 3) & ~3u;
    set(offset, 1, id);
    set(last_link_, 1, offset);
    last_link_ = offset + 1;
    set(pci::status, 2, get(pci::status, 2) | pci::status_capability_list);
    return offset;
}

void ConfigurationSpace::add_power_management(bool keeps_state) noexcept {
    power_management_ = add_capability(pci::capability::power_management, 8);
    // Version 1.2; neither D1, D2 nor wake-up.
    set(power_management_ + pci::power_capabilities, 2, 0x0003);
    set(power_management_ + pci::power_control, 2, keeps_state ? pci::power_no_soft_reset : 0);
    allow(power_management_ + pci::power_control, 2, pci::power_state);
}

void ConfigurationSpace::add_msi(unsigned vectors, bool maskable) noexcept {
    msi_ = add_capability(pci::capability::msi, maskable ? 24 : 14);
    const auto log2_vectors = static_cast<std::uint32_t>(std::bit_width(vectors) - 1);
    const std::uint32_t form = pci::msi_64bit | (maskable ? pci::msi_maskable : 0u);
    set(msi_ + pci::msi_control, 2, form | (log2_vectors << 1));
    allow(msi_ + pci::msi_control, 2, pci::msi_enable | pci::msi_multiple_enable);
    allow(msi_ + pci::msi_address, 4, 0xfffffffc);
    allow(msi_ + pci::msi_address_high, 4, 0xffffffff);
    allow(msi_ + pci::msi_data, 2, 0xffff);
    if (maskable) allow(msi_ + pci::msi_mask, 4, vectors == 32 ? 0xffffffff : (1u << vectors) - 1);
}

void ConfigurationSpace::add_msix(const Description& description) noexcept {
    msix_ = add_capability(pci::capability::msix, 12);
    set(msix_ + pci::msix_control, 2, description.msix_vectors - 1u);
    allow(msix_ + pci::msix_control, 2, 0xc000);
    const auto place = [&](std::uint64_t offset) {
        return (offset & 0xfffffff8) | (description.msix_region & 7);
    };
    set(msix_ + pci::msix_table, 4, place(description.msix_offset));
    set(msix_ + pci::msix_pending, 4, place(MsixTable::pending_offset(description)));
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
    const std::uint32_t power_before = get(power_management_ + pci::power_control, 2);
    for (unsigned i = 0; i < width && i < 8; ++i) {
        const std::uint64_t at = offset + i;
        if (at >= size) return;
        const auto byte = static_cast<std::uint8_t>(value >> (8 * i));
        const std::uint8_t mask = writable_[at];
        bytes_[at] = static_cast<std::uint8_t>((bytes_[at] & ~mask) | (byte & mask));
    }
    correct(power_before);
}

void ConfigurationSpace::correct(std::uint32_t power_before) noexcept {
    if (msi_ != 0) {
        // Software that enables more messages than the card has gets those it has.
        const std::uint32_t control = get(msi_ + pci::msi_control, 2);
        const std::uint32_t capable = (control >> 1) & 7;
        if (((control >> 4) & 7) > capable)
            set(msi_ + pci::msi_control, 2, (control & ~0x70u) | (capable << 4));
    }
    if (power_management_ == 0) return;
    // A state that the card lacks is discarded: section 3.2.4.
    const std::uint32_t power = get(power_management_ + pci::power_control, 2);
    const std::uint32_t state = power & pci::power_state;
    if (state == 1 || state == 2) set(power_management_ + pci::power_control, 2, power_before);
}

void ConfigurationSpace::reset() noexcept {
    bytes_ = initial_;
}

void ConfigurationSpace::set_decoding(bool on) noexcept {
    const std::uint32_t bits = pci::command_io | pci::command_memory;
    write(pci::command, 2, on ? get(pci::command, 2) | bits : get(pci::command, 2) & ~bits);
}

void ConfigurationSpace::set_bus_master(bool on) noexcept {
    const std::uint32_t others = get(pci::command, 2) & ~pci::command_bus_master;
    write(pci::command, 2, on ? others | pci::command_bus_master : others);
}

void ConfigurationSpace::switch_msi(bool on) noexcept {
    if (msi_ == 0) return;
    const std::uint32_t control =
        get(msi_ + pci::msi_control, 2) & ~(pci::msi_enable | pci::msi_multiple_enable);
    const std::uint32_t capable = control >> 1 & 7;
    write(msi_ + pci::msi_control, 2, on ? control | pci::msi_enable | capable << 4 : control);
}

void ConfigurationSpace::switch_msix(bool on) noexcept {
    if (msix_ == 0) return;
    const std::uint32_t control =
        get(msix_ + pci::msix_control, 2) & ~(pci::msix_enable | pci::msix_function_mask);
    write(msix_ + pci::msix_control, 2, on ? control | pci::msix_enable : control);
}

bool ConfigurationSpace::asleep() const noexcept {
    return power_management_ != 0 &&
           (get(power_management_ + pci::power_control, 2) & pci::power_state) != 0;
}

void ConfigurationSpace::wake() noexcept {
    if (power_management_ == 0) return;
    const std::uint32_t at = power_management_ + pci::power_control;
    set(at, 2, get(at, 2) & ~std::uint32_t{pci::power_state});
}

bool ConfigurationSpace::io_enabled() const noexcept {
    return (get(pci::command, 2) & pci::command_io) != 0 && !asleep();
}

bool ConfigurationSpace::memory_enabled() const noexcept {
    return (get(pci::command, 2) & pci::command_memory) != 0 && !asleep();
}

bool ConfigurationSpace::bus_master() const noexcept {
    return (get(pci::command, 2) & pci::command_bus_master) != 0 && !asleep();
}

std::uint64_t ConfigurationSpace::bar_address(RegionNumber region) const noexcept {
    if (region > rom_region) return 0;
    const std::uint32_t offset = region == rom_region ? pci::rom_address : pci::bar0 + 4 * region;
    const std::uint32_t low = get(offset, 4);
    if (region == rom_region) return low & 0xfffff800;
    if ((low & 1) != 0) return low & 0xfffffffc;
    const std::uint64_t high = (low & 4) != 0 ? get(offset + 4, 4) : 0;
    return (high << 32) | (low & 0xfffffff0);
}

void ConfigurationSpace::set_interrupt_line(bool asserted) noexcept {
    const std::uint32_t others = get(pci::status, 2) & ~pci::status_interrupt;
    set(pci::status, 2, others | (asserted ? pci::status_interrupt : 0));
}

bool ConfigurationSpace::interrupt_disabled() const noexcept {
    return (get(pci::command, 2) & pci::command_interrupt_disable) != 0;
}

bool ConfigurationSpace::intx_asserted() const noexcept {
    return bytes_[pci::interrupt_pin] != 0 && (get(pci::status, 2) & pci::status_interrupt) != 0 &&
           !interrupt_disabled() && !msi_enabled() && !msix_enabled() && !asleep();
}

bool ConfigurationSpace::msi_enabled() const noexcept {
    return msi_ != 0 && (get(msi_ + pci::msi_control, 2) & pci::msi_enable) != 0;
}

unsigned ConfigurationSpace::msi_vectors_enabled() const noexcept {
    return msi_enabled() ? 1u << ((get(msi_ + pci::msi_control, 2) >> 4) & 7) : 0;
}

bool ConfigurationSpace::msi_masked(unsigned vector) const noexcept {
    if (msi_ == 0 || vector >= 32) return true;
    return msi_maskable() && ((get(msi_ + pci::msi_mask, 4) >> vector) & 1) != 0;
}

InterruptMessage ConfigurationSpace::msi_message(unsigned vector) const noexcept {
    const unsigned enabled = msi_vectors_enabled();
    if (enabled == 0) return {};
    // A card with fewer messages than it wants folds the rest into those it was given.
    const std::uint32_t data = (get(msi_ + pci::msi_data, 2) & ~(enabled - 1)) | (vector % enabled);
    const std::uint64_t high = get(msi_ + pci::msi_address_high, 4);
    return {(high << 32) | get(msi_ + pci::msi_address, 4), data};
}

void ConfigurationSpace::set_msi_pending(unsigned vector) noexcept {
    if (!msi_maskable() || vector >= 32) return;
    set(msi_ + pci::msi_pending, 4, get(msi_ + pci::msi_pending, 4) | (1u << vector));
}

std::uint32_t ConfigurationSpace::take_msi_unmasked() noexcept {
    if (!msi_enabled() || !msi_maskable()) return 0;
    const std::uint32_t pending = get(msi_ + pci::msi_pending, 4);
    const std::uint32_t due = pending & ~get(msi_ + pci::msi_mask, 4);
    set(msi_ + pci::msi_pending, 4, pending & ~due);
    return due;
}

void ConfigurationSpace::clear_pending() noexcept {
    if (msi_maskable()) set(msi_ + pci::msi_pending, 4, 0);
}

bool ConfigurationSpace::msi_maskable() const noexcept {
    return msi_ != 0 && (get(msi_ + pci::msi_control, 2) & pci::msi_maskable) != 0;
}

bool ConfigurationSpace::msix_enabled() const noexcept {
    return msix_ != 0 && (get(msix_ + pci::msix_control, 2) & pci::msix_enable) != 0;
}

bool ConfigurationSpace::msix_function_masked() const noexcept {
    return msix_ != 0 && (get(msix_ + pci::msix_control, 2) & pci::msix_function_mask) != 0;
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
