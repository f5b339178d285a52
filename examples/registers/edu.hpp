/// The registers of `edu`, the educational PCI device of QEMU (docs/specs/edu.rst), PCI 1234:11e8.
/// All of them are in BAR 0.
#pragma once

#include "openbar/register.hpp"

#include <cstdint>

namespace edu {

inline constexpr std::uint16_t vendor_id = 0x1234;
inline constexpr std::uint16_t device_id = 0x11e8;
inline constexpr unsigned bar = 0;

struct Identification : openbar::Register<Identification, 0x00, std::uint32_t, openbar::ReadOnly> {
    struct Major : Field<31, 24> {};
    struct Minor : Field<23, 16> {};
    struct Magic : Field<7, 0> {};  ///< always 0xed
    using Fields = openbar::FieldList<Major, Minor, Magic>;
};
inline constexpr std::uint8_t magic = 0xed;

/// Reads as the complement of what was written.
struct Liveness : openbar::Register<Liveness, 0x04, std::uint32_t> {};

/// Writing n starts computing n!; reading gives the result once `Status::Computing` is clear.
struct Factorial : openbar::Register<Factorial, 0x08, std::uint32_t> {};

struct Status : openbar::Register<Status, 0x20, std::uint32_t> {
    struct Computing : Flag<0, openbar::ReadOnly> {};
    struct InterruptWhenDone : Flag<7> {};
    using Fields = openbar::FieldList<Computing, InterruptWhenDone>;
};

/// Why the interrupt is asserted: the bits raised and not yet acknowledged.
struct InterruptStatus
    : openbar::Register<InterruptStatus, 0x24, std::uint32_t, openbar::ReadOnly> {
    struct FactorialDone : Flag<0> {};
    struct DmaDone : Flag<8> {};
    using Fields = openbar::FieldList<FactorialDone, DmaDone>;
};
/// What is written is or'ed into `InterruptStatus`, and the interrupt raised.
struct InterruptRaise : openbar::Register<InterruptRaise, 0x60, std::uint32_t, openbar::WriteOnly> {
};
/// What is written is cleared from `InterruptStatus`.
struct InterruptAcknowledge
    : openbar::Register<InterruptAcknowledge, 0x64, std::uint32_t, openbar::WriteOnly> {};

struct DmaSource : openbar::Register<DmaSource, 0x80, std::uint64_t> {};
struct DmaDestination : openbar::Register<DmaDestination, 0x88, std::uint64_t> {};
struct DmaCount : openbar::Register<DmaCount, 0x90, std::uint64_t> {};  ///< bytes
struct DmaCommand : openbar::Register<DmaCommand, 0x98, std::uint64_t> {
    struct Run : Flag<0> {};  ///< set to start; reads as set until the transfer is done
    struct FromDevice : Flag<1> {};
    struct InterruptWhenDone : Flag<2> {};
    using Fields = openbar::FieldList<Run, FromDevice, InterruptWhenDone>;
};
/// The device's own buffer, as its DMA engine addresses it.
inline constexpr std::uint64_t dma_buffer = 0x40000;
inline constexpr std::uint64_t dma_buffer_size = 4096;
/// Bits of a bus address that the DMA engine has, unless QEMU was told otherwise.
inline constexpr unsigned dma_address_bits = 28;

}  // namespace edu
