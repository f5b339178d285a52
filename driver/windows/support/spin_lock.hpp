/// A kernel spin lock and the scope that holds it.
///
///     SpinLock lock;
///     { SpinLock::Guard guard(lock); ++count; }      // DISPATCH_LEVEL inside
///     lock.acquire();  …  lock.release();            // where no scope fits
///
/// From IRQL <= DISPATCH_LEVEL. Inside: no paged memory, no waiting, no user address. Lives in
/// non-paged memory.
#pragma once

#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

class SpinLock {
public:
    SpinLock() { KeInitializeSpinLock(&lock_); }
    SpinLock(const SpinLock&) = delete;
    SpinLock& operator=(const SpinLock&) = delete;

    void acquire() {
        KIRQL before = 0;
        KeAcquireSpinLock(&lock_, &before);
        before_ = before;
    }
    void release() {
        const KIRQL before = before_;  // the next holder writes it
        KeReleaseSpinLock(&lock_, before);
    }

    class Guard {
    public:
        explicit Guard(SpinLock& lock) : lock_(lock.lock_) { KeAcquireSpinLock(&lock_, &before_); }
        ~Guard() { KeReleaseSpinLock(&lock_, before_); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        KSPIN_LOCK& lock_;
        KIRQL before_ = 0;
    };

private:
    KSPIN_LOCK lock_ = 0;
    KIRQL before_ = 0;  ///< written and read by the holder of the lock
};

}  // namespace openbar::windows
