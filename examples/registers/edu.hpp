/// The registers of `edu`, the educational PCI device of QEMU (docs/specs/edu.rst), PCI 1234:11e8.
/// All of them are in BAR 0.
#pragma once

#include "openbar/register.hpp"

#include <cstdint>

namespace edu {

inline constexpr std::uint16_t vendor_id = 0x1234;
inline constexpr std::uint16_t device_id = 0x11e8;
inline constexpr unsigned bar = 0;

struct Identification : openbar::Register<0x00, std::uint32_t, openbar::ReadOnly> {
    using Major = Field<31, 24>;
    using Minor = Field<23, 16>;
    using Magic = Field<7, 0>;  ///< always 0xed
};
inline constexpr std::uint8_t magic = 0xed;

/// Reads as the complement of what was written.
struct Liveness : openbar::Register<0x04, std::uint32_t> {};

/// Writing n starts computing n!; reading gives the result once `Status::Computing` is clear.
struct Factorial : openbar::Register<0x08, std::uint32_t> {};

struct Status : openbar::Register<0x20, std::uint32_t> {
    using Computing = Flag<0, openbar::ReadOnly>;
    using InterruptWhenDone = Flag<7>;
};

/// Why the interrupt is asserted: the bits raised and not yet acknowledged.
struct InterruptStatus : openbar::Register<0x24, std::uint32_t, openbar::ReadOnly> {
    using FactorialDone = Flag<0>;
    using DmaDone = Flag<8>;
};
/// What is written is or'ed into `InterruptStatus`, and the interrupt raised.
struct InterruptRaise : openbar::Register<0x60, std::uint32_t, openbar::WriteOnly> {};
/// What is written is cleared from `InterruptStatus`.
struct InterruptAcknowledge : openbar::Register<0x64, std::uint32_t, openbar::WriteOnly> {};

struct DmaSource : openbar::Register<0x80, std::uint64_t> {};
struct DmaDestination : openbar::Register<0x88, std::uint64_t> {};
struct DmaCount : openbar::Register<0x90, std::uint64_t> {};  ///< bytes
struct DmaCommand : openbar::Register<0x98, std::uint64_t> {
    using Run = Flag<0>;  ///< set to start; reads as set until the transfer is done
    using FromDevice = Flag<1>;
    using InterruptWhenDone = Flag<2>;
};
/// The device's own buffer, as its DMA engine addresses it.
inline constexpr std::uint64_t dma_buffer = 0x40000;
inline constexpr std::uint64_t dma_buffer_size = 4096;
/// Bits of a bus address that the DMA engine has, unless QEMU was told otherwise.
inline constexpr unsigned dma_address_bits = 28;

}  // namespace edu
