/// Some registers of Intel's 82540EM gigabit Ethernet controller (QEMU's `e1000`), PCI 8086:100e.
/// All of them are in BAR 0. Source: Intel, PCI/PCI-X Family of Gigabit Ethernet Controllers
/// Software Developer's Manual (317453), chapter 13.
#pragma once

#include "openbar/register.hpp"

#include <cstdint>

namespace intel_82540em {

inline constexpr std::uint16_t vendor_id = 0x8086;
inline constexpr std::uint16_t device_id = 0x100e;
inline constexpr unsigned bar = 0;

struct Control : openbar::Register<0x0000, std::uint32_t> {
    using SetLinkUp = Flag<6>;
};

enum class Speed : std::uint8_t { mbit_10, mbit_100, gbit_1, also_gbit_1 };

struct Status : openbar::Register<0x0008, std::uint32_t, openbar::ReadOnly> {
    using FullDuplex = Flag<0>;
    using LinkUp = Flag<1>;
    using LinkSpeed = Field<7, 6, Speed>;
};

/// Why the interrupt is asserted. Reading it clears it.
struct InterruptCauseRead : openbar::Register<0x00c0, std::uint32_t, openbar::ReadOnly> {
    using LinkStatusChange = Flag<2>;
};
/// Sets causes, as if the card had met them.
struct InterruptCauseSet : openbar::Register<0x00c8, std::uint32_t, openbar::WriteOnly> {
    using LinkStatusChange = Flag<2>;
};
/// Ones written allow these causes to interrupt …
struct InterruptMaskSet : openbar::Register<0x00d0, std::uint32_t> {
    using LinkStatusChange = Flag<2>;
};
/// … and ones written here forbid them again.
struct InterruptMaskClear : openbar::Register<0x00d8, std::uint32_t, openbar::WriteOnly> {};

/// Receive address n: the low four bytes of a MAC address, and the high two with a valid bit.
struct ReceiveAddressLow : openbar::RegisterArray<0x5400, 8, 16, std::uint32_t> {};
struct ReceiveAddressHigh : openbar::RegisterArray<0x5404, 8, 16, std::uint32_t> {
    using Bytes = Field<15, 0>;
    using Valid = Flag<31>;
};

}  // namespace intel_82540em
