/// Ports and memory that belong to the machine: no board has them, whatever an INF or an image says.
///
///     for (const auto& range : openbar::machine_ports)
///         if (first <= range.last && last >= range.first) …
///
/// Shared by the driver, which refuses them, and by `openbar inf`, which says so before. What is RAM,
/// and where the firmware has put the configuration space of PCI Express, only the driver can know.
///
/// Sources: IEEE P996 (ports 000–0FF belong to the system board); PCI Local Bus Specification 3.0,
/// 3.2.2.3.2 (CF8–CFF); Intel 8259A and ELCR (4D0, 4D1); Intel 64 and IA-32 Architectures Software
/// Developer's Manual, volume 3, APIC; TCG PC Client Platform TPM Profile (FED40000).
#pragma once

#include <stdint.h>

namespace openbar {

struct MachineRange {
    std::uint64_t first;
    std::uint64_t last;
    const char* what;
};

inline constexpr MachineRange machine_ports[] = {
    {0x000, 0x0ff, "the system board: interrupt and DMA controllers, keyboard, CMOS, SMI"},
    {0x4d0, 0x4d1, "the interrupt controllers"},
    {0xcf8, 0xcff, "the configuration space of PCI, and reset"},
};

inline constexpr MachineRange machine_memory[] = {
    {0x000a0000, 0x000bffff, "the screen, and system management"},
    {0x000e0000, 0x000fffff, "the firmware"},
    {0xfec00000, 0xfecfffff, "the interrupt controllers"},
    {0xfed00000, 0xfedfffff, "timers, TPM and chipset"},
    {0xfee00000, 0xfeefffff, "the processors' interrupt controllers"},
    {0xff000000, 0xffffffff, "the firmware"},
};

/// The first of them that has any byte of [first, last]; null: none.
[[nodiscard]] constexpr const MachineRange* machine_range(bool ports, std::uint64_t first,
                                                          std::uint64_t last) {
    const auto find = [&](const auto& ranges) -> const MachineRange* {
        for (const MachineRange& range : ranges)
            if (first <= range.last && last >= range.first) return &range;
        return nullptr;
    };
    return ports ? find(machine_ports) : find(machine_memory);
}

}  // namespace openbar
