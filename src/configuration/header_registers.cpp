// The registers of a type-0 header: PCI Local Bus Specification 3.0, section 6.1; names as in
// linux/pci_regs.h and setpci(8).
#include "openbar/configuration.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace openbar::configuration {
namespace {

constexpr std::array<ConfigurationRegister, 26> registers{{
    vendor_id,
    device_id,
    command,
    status,
    {"revision", 0x08, 1, "revision of the device"},
    {"class_prog", 0x09, 1, "programming interface"},
    {"class_device", 0x0a, 2, "base class and subclass"},
    {"cache_line_size", 0x0c, 1, "in units of 4 bytes"},
    {"latency_timer", 0x0d, 1, "in bus clocks"},
    {"header_type", 0x0e, 1, "layout of the header; bit 7: several functions"},
    {"bist", 0x0f, 1, "built-in self test"},
    {"bar0", 0x10, 4, "base address"},
    {"bar1", 0x14, 4, "base address"},
    {"bar2", 0x18, 4, "base address"},
    {"bar3", 0x1c, 4, "base address"},
    {"bar4", 0x20, 4, "base address"},
    {"bar5", 0x24, 4, "base address"},
    {"cardbus_cis", 0x28, 4, "CardBus CIS pointer"},
    {"subsystem_vendor_id", 0x2c, 2, "vendor of the board"},
    {"subsystem_id", 0x2e, 2, "the board"},
    {"rom_address", 0x30, 4, "expansion ROM base address"},
    {"capability_list", 0x34, 1, "offset of the first capability"},
    {"interrupt_line", 0x3c, 1, "routing, as the firmware left it"},
    {"interrupt_pin", 0x3d, 1, "1 = INTA … 4 = INTD; 0: none"},
    {"min_gnt", 0x3e, 1, "burst length wanted, in 250 ns"},
    {"max_lat", 0x3f, 1, "how often the bus is wanted, in 250 ns"},
}};

bool same_name(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, [](char left, char right) {
        return std::tolower(static_cast<unsigned char>(left)) ==
               std::tolower(static_cast<unsigned char>(right));
    });
}

}  // namespace

std::span<const ConfigurationRegister> header_registers() noexcept {
    return registers;
}

const ConfigurationRegister* find(std::string_view name) noexcept {
    for (const ConfigurationRegister& candidate : header_registers())
        if (same_name(candidate.name, name)) return &candidate;
    return nullptr;
}

}  // namespace openbar::configuration
