/// The order between ordinary memory and the device: two fences, and what they promise.
///
///     struct Tail : openbar::Register<Tail, 0x18, std::uint32_t> {};
///     struct Head : openbar::Register<Head, 0x10, std::uint32_t, openbar::ReadOnly> {};
///
///     void send(std::span<std::uint64_t> ring, const openbar::Registers& registers) {
///         ring[0] = 0x1000;                           // ordinary memory, which the device reads
///         openbar::order_writes_before_device();
///         registers.write<Tail>(1);                   // tells the device to read it
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
/// `DmaBuffer` and `PinnedMemory` call them by the names `sync_for_device` and `sync_for_cpu`.
/// What they rest on, guarantee by guarantee, is in docs/memory-order.md.
///
/// x86 keeps stores in order, also an ordinary one before an uncached one, and loads likewise
/// (Intel SDM volume 3, "Memory Ordering"), so that only the compiler has to be held back. ARM
/// keeps neither; the barriers are those that Linux's `dma_wmb` and `dma_rmb` are there
/// (arch/arm64/include/asm/barrier.h). openbar has not been run on ARM hardware.
#pragma once

#include "openbar/standard.hpp"

#include <atomic>

namespace openbar {

/// Every write of this thread to ordinary memory before it is visible to the device before any
/// store to the device after it. Streaming stores (MOVNT…) that the caller made itself need an
/// `sfence` in addition; openbar's own copies bring it.
[[gnu::always_inline]] inline void order_writes_before_device() noexcept {
#if defined(__aarch64__)
    __asm__ volatile("dmb oshst" ::: "memory");
#elif defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("" ::: "memory");
#else
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

/// Every read of ordinary memory after it happens after the loads from the device before it.
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
