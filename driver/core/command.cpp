// The command register of the configuration space. All writes to it are here, and all under
// Lock::interrupt, because the interrupt routine changes a bit of it, too.
#include "driver/core/state.hpp"

namespace openbar::driver {

// Bus mastering is on only while the controller wants it: the bus driver may have left it on, and
// a card whose registers a program can write could then reach any memory.
void Device::State::apply_command() {
    Hold interrupt_lock(kernel, Lock::interrupt);
    memory_decoded.store(false);
    ports_decoded.store(false);
    std::uint32_t both = pci::absent;
    if (!reachable || !configuration.readable) return;
    if (!read_field(kernel, pci::command, 4, both) || both == pci::absent) return;
    const auto old = static_cast<std::uint16_t>(both);
    memory_decoded.store((old & pci::command_memory_decode) != 0);
    ports_decoded.store((old & pci::command_port_decode) != 0);
    // On a bridge the bit means forwarding for everything behind it.
    if (configuration.header_type != 0) return;
    std::uint16_t wanted = old;
    wanted &= static_cast<std::uint16_t>(~pci::command_bus_master);
    if (want_bus_master) wanted |= pci::command_bus_master;
    if (can_disable_intx && resources.line_interrupt) {
        wanted &= static_cast<std::uint16_t>(~pci::command_intx_disable);
        if (!want_intx) wanted |= pci::command_intx_disable;
    }
    // Two bytes: the two above are the status register, where a 1 clears.
    if (wanted != old && !write_field(kernel, pci::command, 2, wanted))
        kernel.trace(TraceLevel::error, "command register not written", wanted);
}

// Under tables. Messages are memory writes of the device's: they need the bus as DMA does.
void Device::State::update_bus_master() {
    const bool wanted = controller != nullptr &&
                        (controller->bus_master || (has_messages() && vectors_enabled != 0));
    {
        Hold interrupt_lock(kernel, Lock::interrupt);
        want_bus_master = wanted;
    }
    apply_command();
}

// Under tables, before memory is given back.
void Device::State::stop_bus_master() {
    if (controller == nullptr) return;
    controller->bus_master = false;
    {
        Hold interrupt_lock(kernel, Lock::interrupt);
        want_bus_master = false;
    }
    apply_command();
}

bool Device::State::bus_master_is(bool on) {
    std::uint32_t command = 0;
    Hold interrupt_lock(kernel, Lock::interrupt);
    return read_field(kernel, pci::command, 2, command) &&
           ((command & pci::command_bus_master) != 0) == on;
}

void Device::State::set_intx(bool wanted) {
    {
        Hold interrupt_lock(kernel, Lock::interrupt);
        want_intx = wanted;
    }
    apply_command();
}

void Device::State::set_reachable(bool yes) {
    Hold interrupt_lock(kernel, Lock::interrupt);
    reachable = yes;
}

bool Device::State::decodes(const Region& region) const {
    if (resources.kind != DeviceKind::pci_function) return true;
    if (region.kind == OPENBAR_REGION_MEMORY) return memory_decoded.load();
    if (region.kind == OPENBAR_REGION_PORT) return ports_decoded.load();
    return true;
}

// The bit is optional before PCI 2.3, and hardwired to 0 where it is missing: only a write tells.
void Device::State::probe_intx_disable() {
    Hold interrupt_lock(kernel, Lock::interrupt);
    can_disable_intx = want_intx = want_bus_master = false;
    std::uint32_t before = 0;
    std::uint32_t after = 0;
    if (!configuration.readable || configuration.header_type != 0) return;
    if (!read_field(kernel, pci::command, 2, before)) return;
    if (before == 0xffff) return;
    if (!write_field(kernel, pci::command, 2, before ^ pci::command_intx_disable)) return;
    if (!read_field(kernel, pci::command, 2, after)) after = before;
    can_disable_intx = ((before ^ after) & pci::command_intx_disable) != 0;
    if (!write_field(kernel, pci::command, 2, before)) can_disable_intx = false;
}

}  // namespace openbar::driver
