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

struct Control : openbar::Register<Control, 0x0000, std::uint32_t> {
    struct SetLinkUp : Flag<6> {};
    struct Reset : Flag<26> {};  ///< clears itself
};

enum class Speed : std::uint8_t { mbit_10, mbit_100, gbit_1, also_gbit_1 };

struct Status : openbar::Register<Status, 0x0008, std::uint32_t, openbar::ReadOnly> {
    struct FullDuplex : Flag<0> {};
    struct LinkUp : Flag<1> {};
    struct LinkSpeed : Field<7, 6, Speed> {};
    using Fields = openbar::FieldList<FullDuplex, LinkUp, LinkSpeed>;
};

/// One word of the EEPROM: Address and Start written, then Data once Done.
struct EepromRead : openbar::Register<EepromRead, 0x0014, std::uint32_t> {
    struct Start : Flag<0> {};
    struct Done : Flag<4, openbar::ReadOnly> {};
    struct Address : Field<15, 8> {};
    struct Data : Field<31, 16> {};
};

/// A register of the PHY, read or written over its two-wire bus: done once Ready.
struct PhyAccess : openbar::Register<PhyAccess, 0x0020, std::uint32_t> {
    struct Data : Field<15, 0> {};
    struct Register : Field<20, 16> {};
    struct Phy : Field<25, 21> {};
    struct Write : Flag<26> {};
    struct Read : Flag<27> {};
    struct Ready : Flag<28> {};
    struct Failed : Flag<30> {};
};

/// What can assert the interrupt.
struct Causes : openbar::FieldGroup<Causes, std::uint32_t> {
    struct TransmitDone : Flag<0> {};
    struct LinkStatusChange : Flag<2> {};
    struct ReceiveMinimum : Flag<4> {};
    struct ReceiverOverrun : Flag<6> {};
    struct ReceiverTimer : Flag<7> {};
    using Fields = openbar::FieldList<TransmitDone, LinkStatusChange, ReceiveMinimum,
                                      ReceiverOverrun, ReceiverTimer>;
};
/// Why the interrupt is asserted. Reading it clears it.
struct InterruptCauseRead
    : openbar::Register<InterruptCauseRead, 0x00c0, std::uint32_t, openbar::ReadToClear>,
      Causes {};
/// Sets causes, as if the card had met them.
struct InterruptCauseSet
    : openbar::Register<InterruptCauseSet, 0x00c8, std::uint32_t, openbar::WriteOnly>,
      Causes {};
/// Ones written allow these causes to interrupt …
struct InterruptMaskSet : openbar::Register<InterruptMaskSet, 0x00d0, std::uint32_t>, Causes {};
/// … and ones written here forbid them again.
struct InterruptMaskClear
    : openbar::Register<InterruptMaskClear, 0x00d8, std::uint32_t, openbar::WriteOnly>,
      Causes {};

struct ReceiveControl : openbar::Register<ReceiveControl, 0x0100, std::uint32_t> {
    struct Enable : Flag<1> {};
    struct UnicastPromiscuous : Flag<3> {};
    struct AcceptBroadcast : Flag<15> {};
    struct StripChecksum : Flag<26> {};
};
struct TransmitControl : openbar::Register<TransmitControl, 0x0400, std::uint32_t> {
    struct Enable : Flag<1> {};
    struct PadShortPackets : Flag<3> {};
    struct CollisionThreshold : Field<11, 4> {};
    struct CollisionDistance : Field<21, 12> {};
};

/// A ring of descriptors of 16 bytes each. The card owns those from Head up to Tail.
struct Ring : openbar::RegisterBlock<Ring, 0x2800, 0x1000, 2> {
    struct Address : Register<Address, 0x00, std::uint64_t, openbar::LowHalfFirst> {};
    struct Length : Register<Length, 0x08, std::uint32_t> {};  ///< bytes, a multiple of 128
    struct Head : Register<Head, 0x10, std::uint32_t> {};
    struct Tail : Register<Tail, 0x18, std::uint32_t> {};
};
/// Which of the two.
inline constexpr openbar::Index<Ring> receive_ring = 0, transmit_ring = 1;

/// Frames received and sent without an error. Reading one clears it.
struct GoodFramesReceived : openbar::Register<GoodFramesReceived, 0x4074, std::uint32_t,
                                              openbar::ReadOnly, openbar::ReadToClear> {};
struct GoodFramesSent : openbar::Register<GoodFramesSent, 0x4080, std::uint32_t, openbar::ReadOnly,
                                          openbar::ReadToClear> {};

/// Receive address n: the low four bytes of a MAC address, and the high two with a valid bit.
struct ReceiveAddressLow : openbar::RegisterArray<ReceiveAddressLow, 0x5400, 8, 16, std::uint32_t> {
};
struct ReceiveAddressHigh
    : openbar::RegisterArray<ReceiveAddressHigh, 0x5404, 8, 16, std::uint32_t> {
    struct Bytes : Field<15, 0> {};
    struct Valid : Flag<31> {};
};

/// Registers of the PHY, as IEEE 802.3 numbers them.
inline constexpr std::uint32_t phy_address = 1;
inline constexpr std::uint32_t phy_control = 0, phy_identifier_high = 2, phy_identifier_low = 3;
inline constexpr std::uint32_t phy_loopback = 1u << 14;  ///< of phy_control

}  // namespace intel_82540em
