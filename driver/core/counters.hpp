/// What has happened since the device was started; read by OPENBAR_IOCTL_COUNTERS at any moment,
/// and so each for itself: two of them need not fit together.
#pragma once

#include <atomic>
#include <cstdint>

namespace openbar::driver {

/// Counts up and down at any IRQL.
class Counter {
public:
    void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    void subtract(std::uint64_t amount = 1) { value_.fetch_sub(amount, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    alignas(8) std::atomic<std::uint64_t> value_{0};
};

struct Counters {
    Counter sessions_now, maps, maps_now, programs, steps, bulk_bytes, waits, waits_now;
    Counter interrupts, interrupts_missed, interrupts_foreign, interrupts_unclaimed, vectors_now;
    Counter storms, dma_bytes_now, pinned_bytes_now, refusals, revocations, resets;
};

}  // namespace openbar::driver
