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
    using Reset = Flag<26>;  ///< clears itself
};

enum class Speed : std::uint8_t { mbit_10, mbit_100, gbit_1, also_gbit_1 };

struct Status : openbar::Register<0x0008, std::uint32_t, openbar::ReadOnly> {
    using FullDuplex = Flag<0>;
    using LinkUp = Flag<1>;
    using LinkSpeed = Field<7, 6, Speed>;
};

/// One word of the EEPROM: Address and Start written, then Data once Done.
struct EepromRead : openbar::Register<0x0014, std::uint32_t> {
    using Start = Flag<0>;
    using Done = Flag<4, openbar::ReadOnly>;
    using Address = Field<15, 8>;
    using Data = Field<31, 16>;
};

/// A register of the PHY, read or written over its two-wire bus: done once Ready.
struct PhyAccess : openbar::Register<0x0020, std::uint32_t> {
    using Data = Field<15, 0>;
    using Register = Field<20, 16>;
    using Phy = Field<25, 21>;
    using Write = Flag<26>;
    using Read = Flag<27>;
    using Ready = Flag<28>;
    using Failed = Flag<30>;
};

/// What can assert the interrupt.
struct Causes : openbar::FieldGroup<Causes, std::uint32_t> {
    using TransmitDone = Flag<0>;
    using LinkStatusChange = Flag<2>;
    using ReceiveMinimum = Flag<4>;
    using ReceiverOverrun = Flag<6>;
    using ReceiverTimer = Flag<7>;
};
/// Why the interrupt is asserted. Reading it clears it.
struct InterruptCauseRead : openbar::Register<0x00c0, std::uint32_t, openbar::ReadOnly>, Causes {};
/// Sets causes, as if the card had met them.
struct InterruptCauseSet : openbar::Register<0x00c8, std::uint32_t, openbar::WriteOnly>, Causes {};
/// Ones written allow these causes to interrupt …
struct InterruptMaskSet : openbar::Register<0x00d0, std::uint32_t>, Causes {};
/// … and ones written here forbid them again.
struct InterruptMaskClear : openbar::Register<0x00d8, std::uint32_t, openbar::WriteOnly>, Causes {};

struct ReceiveControl : openbar::Register<0x0100, std::uint32_t> {
    using Enable = Flag<1>;
    using UnicastPromiscuous = Flag<3>;
    using AcceptBroadcast = Flag<15>;
    using StripChecksum = Flag<26>;
};
struct TransmitControl : openbar::Register<0x0400, std::uint32_t> {
    using Enable = Flag<1>;
    using PadShortPackets = Flag<3>;
    using CollisionThreshold = Field<11, 4>;
    using CollisionDistance = Field<21, 12>;
};

/// A ring of descriptors of 16 bytes each. The card owns those from Head up to Tail.
template <std::uint64_t Offset>
struct Ring : openbar::RegisterBlock<Offset> {
    struct AddressLow : openbar::Register<0x00, std::uint32_t> {};
    struct AddressHigh : openbar::Register<0x04, std::uint32_t> {};
    struct Length : openbar::Register<0x08, std::uint32_t> {};  ///< bytes, a multiple of 128
    struct Head : openbar::Register<0x10, std::uint32_t> {};
    struct Tail : openbar::Register<0x18, std::uint32_t> {};
};
using ReceiveRing = Ring<0x2800>;
using TransmitRing = Ring<0x3800>;

/// Frames received and sent without an error. Reading one clears it.
struct GoodFramesReceived : openbar::Register<0x4074, std::uint32_t, openbar::ReadOnly> {};
struct GoodFramesSent : openbar::Register<0x4080, std::uint32_t, openbar::ReadOnly> {};

/// Receive address n: the low four bytes of a MAC address, and the high two with a valid bit.
struct ReceiveAddressLow : openbar::RegisterArray<0x5400, 8, 16, std::uint32_t> {};
struct ReceiveAddressHigh : openbar::RegisterArray<0x5404, 8, 16, std::uint32_t> {
    using Bytes = Field<15, 0>;
    using Valid = Flag<31>;
};

/// Registers of the PHY, as IEEE 802.3 numbers them.
inline constexpr std::uint32_t phy_address = 1;
inline constexpr std::uint32_t phy_control = 0, phy_identifier_high = 2, phy_identifier_low = 3;
inline constexpr std::uint32_t phy_loopback = 1u << 14;  ///< of phy_control

}  // namespace intel_82540em
