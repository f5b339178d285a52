// The command register of the configuration space. All writes to it are here but one, and under
// Lock::tables; where the device has a line also under Lock::interrupt, because the interrupt routine
// changes a bit of it, too. A function with messages, which may be a virtual one, is never touched at
// such a level.
#include "driver/core/state.hpp"

namespace openbar::driver {

// Two bytes: the two above are the status register, where a 1 clears.
void Device::State::write_command(std::uint16_t wanted, std::uint16_t old) {
    memory_decoded.store((old & pci::command_memory) != 0);
    ports_decoded.store((old & pci::command_io) != 0);
    if (wanted != old && !write_field(kernel, pci::command, 2, wanted))
        kernel.trace(TraceLevel::error, "command register not written", wanted);
}

// Bus mastering is on only while the controller wants it: the bus driver may have left it on, and
// a card whose registers a program can write could then reach any memory.
void Device::State::apply_command() {
    memory_decoded.store(false);
    ports_decoded.store(false);
    if (!tables.bus_reachable) return;
    const auto with_bus_master = [&](std::uint16_t command) OPENBAR_NEEDS(tables) {
        // On a bridge the bit means forwarding for everything behind it.
        if (!tables.may_write_command) return command;
        command &= static_cast<std::uint16_t>(~pci::command_bus_master);
        return static_cast<std::uint16_t>(
            tables.wants_bus_master ? command | pci::command_bus_master : command);
    };
    std::uint32_t both = pci::absent;
    if (!tables.has_line) {
        if (!read_field(kernel, pci::command, 4, both) || both == pci::absent) return;
        const auto old = static_cast<std::uint16_t>(both);
        return write_command(with_bus_master(old), old);
    }
    Hold<Lock::interrupt> interrupts(kernel);
    if (!read_field(kernel, pci::command, 4, both) || both == pci::absent) return;
    const auto old = static_cast<std::uint16_t>(both);
    std::uint16_t wanted = with_bus_master(old);
    if (line.can_disable) {
        wanted &= static_cast<std::uint16_t>(~pci::command_interrupt_disable);
        if (!line.wanted || line.quiet) wanted |= pci::command_interrupt_disable;
    }
    write_command(wanted, old);
}

// Messages are memory writes of the device's: they need the bus as DMA does.
void Device::State::update_bus_master() {
    const Session* controller = tables.controller;
    tables.wants_bus_master =
        controller != nullptr &&
        (controller->bus_master || (!tables.has_line && tables.vectors_enabled != 0));
    if (tables.wants_bus_master) tables.mastered_bus = true;
    apply_command();
}

// Before memory is given back.
void Device::State::stop_bus_master() {
    if (tables.controller == nullptr) return;
    tables.controller->bus_master = false;
    tables.wants_bus_master = false;
    apply_command();
}

bool Device::State::bus_master_is(bool on) {
    std::uint32_t command = 0;
    return tables.bus_reachable && read_field(kernel, pci::command, 2, command) &&
           ((command & pci::command_bus_master) != 0) == on;
}

void Device::State::set_intx(bool wanted) {
    if (!tables.has_line) return;
    {
        Hold<Lock::interrupt> interrupts(kernel);
        line.wanted = wanted;
    }
    apply_command();
}

// Whoever wants the line keeps wanting it meanwhile.
void Device::State::set_quiet(bool quiet) {
    if (tables.has_line) {
        Hold<Lock::interrupt> interrupts(kernel);
        line.quiet = quiet;
        line.rounds = 0;
        if (quiet) shut_off_line();
    }
    apply_command();
}

// As it was found, for a driver that may not know what this one has changed: with the line enabled,
// unless the device asserts it with nobody left to silence it; and with bus mastering, unless a program
// had it, whose device may still write to memory that it was given.
void Device::State::hand_on_command() {
    std::uint32_t both = pci::absent;
    if (!tables.bus_reachable || !tables.may_write_command) return;
    if (!read_field(kernel, pci::command, 4, both) || both == pci::absent) return;
    const auto old = static_cast<std::uint16_t>(both);
    std::uint16_t wanted = old;
    if (!tables.mastered_bus) wanted |= tables.command_found & pci::command_bus_master;
    if ((both >> 16 & pci::status_interrupt) == 0) {
        wanted &= static_cast<std::uint16_t>(~pci::command_interrupt_disable);
        wanted |= tables.command_found & pci::command_interrupt_disable;
    }
    write_command(wanted, old);
}

void Device::State::set_reachable(bool yes) {
    tables.bus_reachable = yes && tables.readable;
    Hold<Lock::interrupt> interrupts(kernel);
    line.reachable = yes;
}

bool Device::State::decodes(const Region& region) const {
    if (hardware.resources.kind != DeviceKind::pci_function) return true;
    if (region.kind == OPENBAR_REGION_MEMORY) return memory_decoded.load();
    if (region.kind == OPENBAR_REGION_PORT) return ports_decoded.load();
    return true;
}

// The bit is optional before PCI 2.3, and hardwired to 0 where it is missing: only a write shows it.
bool Device::State::can_disable_intx() {
    std::uint32_t before = 0;
    std::uint32_t after = 0;
    if (!hardware.configuration.readable || hardware.configuration.header_type != 0) return false;
    if (!read_field(kernel, pci::command, 2, before)) return false;
    if (before == 0xffff) return false;
    if (!write_field(kernel, pci::command, 2, before ^ pci::command_interrupt_disable))
        return false;
    if (!read_field(kernel, pci::command, 2, after)) after = before;
    const bool changes = ((before ^ after) & pci::command_interrupt_disable) != 0;
    return write_field(kernel, pci::command, 2, before) && changes;
}

}  // namespace openbar::driver
