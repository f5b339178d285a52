/// Two fences that order accesses to ordinary memory and to the device.
///
///     struct Tail : openbar::Register<Tail, 0x18, std::uint32_t> {};
///     struct Head : openbar::Register<Head, 0x10, std::uint32_t, openbar::ReadOnly> {};
///
///     void send(std::span<std::uint64_t> ring, const openbar::Registers& registers) {
///         ring[0] = 0x1000;                           // ordinary memory, which the device reads
///         openbar::order_writes_before_device();
///         registers.write<Tail>(1);                   // asks the device to read it
///     }
///     std::uint64_t receive(std::span<std::uint64_t> ring, const openbar::Registers& registers) {
///         if (registers.read<Head>().value() == 0) return 0;
///         openbar::order_device_before_reads();
///         return ring[0];                             // what the device wrote before `Head`
///     }
///
///     std::array<std::uint64_t, 4> ring{};
///     send(ring, registers);
///     receive(ring, registers);
///
/// `DmaMemory::sync_for_device` and `sync_for_cpu` call these fences. docs/memory-order.md lists
/// each guarantee with its source.
///
/// x86 keeps the order of stores, also of an ordinary store before an uncached one, and of loads
/// (Intel SDM volume 3, "Memory Ordering"). A compiler barrier is enough. ARM keeps neither order;
/// the barriers are those of Linux's `dma_wmb` and `dma_rmb` (arch/arm64/include/asm/barrier.h).
/// openbar has not been run on ARM hardware.
#pragma once

#include "openbar/standard.hpp"

#include <atomic>

namespace openbar {

/// The device sees all earlier writes of this thread to ordinary memory before any later store to
/// the device. The caller's own streaming stores (MOVNT…) also need an `sfence`; openbar's copies
/// contain it.
[[gnu::always_inline]] inline void order_writes_before_device() noexcept {
#if defined(__aarch64__)
    __asm__ volatile("dmb oshst" ::: "memory");
#elif defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("" ::: "memory");
#else
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

/// All later reads of ordinary memory happen after the earlier loads from the device.
[[gnu::always_inline]] inline void order_device_before_reads() noexcept {
#if defined(__aarch64__)
    __asm__ volatile("dmb oshld" ::: "memory");
#elif defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("" ::: "memory");
#else
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

}  // namespace openbar
