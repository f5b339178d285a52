/// One load or one store of a device's memory: the only place where openbar touches it.
///
///     auto mapping = openbar::Device::open("0000:00:04.0").value().map(0).value();
///     auto status = openbar::volatile_load<std::uint32_t>(mapping.data() + 0x20);
///     openbar::volatile_store<std::uint32_t>(mapping.data() + 0x08, 10);
///
/// Programs use the registers of `register_access.hpp` or a `Mapping`, which end here.
///
/// Why `volatile` is right for this and no atomic is: GCC and clang turn each volatile access to
/// an aligned integer of at most the width of a pointer into exactly one load or store of that
/// width. They neither drop, repeat, split nor merge it, and they keep all volatile accesses of a
/// thread in program order (GCC manual, "When is a Volatile Object Accessed?"; LLVM language
/// reference, "Volatile Memory Accesses"). Relaxed atomics may be merged and dropped.
///
/// What it does not do:
///   - It does not order accesses to *ordinary* memory, a DMA buffer for instance, against
///     accesses to the device, neither in the compiler nor in the processor. Between filling a
///     buffer and the register write that tells the device about it, and between the register
///     read that tells of a full buffer and looking into it, a fence is needed.
///   - x86, uncached mapping: the processor performs the accesses in program order. Stores are
///     posted: one has reached the device for certain once a later load of it has returned.
///   - x86, write-combining mapping: stores may be merged and delayed until `sfence`.
///   - ARM, device memory (nGnRE): accesses to the same device stay in program order, nothing is
///     said about two devices or about ordinary memory; `volatile` emits no barrier. The compiler
///     may use addressing with write-back, which hypervisors emulate slowly or not at all.
///     openbar has not yet been run on ARM hardware.
///
/// Precondition of all: the address is a multiple of the width. Otherwise a bus may see two
/// accesses, and ARM faults. Thread-safety: as a load or store of the device; no state here.
#pragma once

#include "openbar/access_width.hpp"

#include <bit>

namespace openbar {

// PCI registers are little-endian, and no processor of the other kind has ever run this.
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
