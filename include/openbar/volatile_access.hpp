/// One load or store of a device's memory. All of openbar's mapped accesses are made here.
///
///     auto mapping = openbar::Device::open("0000:00:04.0").value().map(0).value();
///     auto status = openbar::volatile_load<std::uint32_t>(mapping.data() + 0x20);
///     openbar::volatile_store<std::uint32_t>(mapping.data() + 0x08, 10);
///
/// Programs use registers (`register_access.hpp`) or a `Mapping`, which call these functions.
///
/// Why `volatile` and not an atomic: GCC and clang compile each volatile access to an aligned
/// integer of at most a pointer's width to exactly one load or store of that width. They do not
/// drop, repeat, split or merge it, and they keep the volatile accesses of a thread in program
/// order (GCC manual, "When is a Volatile Object Accessed?"; LLVM language reference, "Volatile
/// Memory Accesses"). Relaxed atomics may be merged and dropped.
///
/// Limits:
///   - Accesses to *ordinary* memory, such as a DMA buffer, are not ordered with accesses to the
///     device, by the compiler or by the processor. A fence (`dma_order.hpp`) is needed between
///     filling a buffer and the register write that starts the device, and between the register
///     read that reports a full buffer and reading it.
///   - x86, uncached mapping: the processor makes the accesses in program order. Stores are posted:
///     a store has reached the device when a later load from it has returned.
///   - x86, write-combining mapping: stores may be merged and delayed until `sfence`.
///   - ARM, device memory (nGnRE): accesses to one device stay in program order. There is no order
///     between two devices, or with ordinary memory; `volatile` emits no barrier. The compiler may
///     use addressing with write-back, which hypervisors emulate slowly or not at all. openbar has
///     not been run on ARM hardware.
///
/// Precondition: the address is a multiple of the width. Otherwise the bus may see two accesses,
/// and ARM faults. Thread-safety: that of a load or store; there is no state.
#pragma once

#include "openbar/access_width.hpp"

#include <bit>

namespace openbar {

// PCI registers are little-endian. Nobody has run openbar on a big-endian processor.
static_assert(std::endian::native == std::endian::little,
              "openbar has only been run on little-endian processors");

template <MappedWidth T>
[[nodiscard, gnu::always_inline]] inline T volatile_load(const volatile void* address) noexcept {
    return *static_cast<const volatile T*>(address);
}

template <MappedWidth T>
[[gnu::always_inline]] inline void volatile_store(volatile void* address, T value) noexcept {
    *static_cast<volatile T*>(address) = value;
}

}  // namespace openbar
