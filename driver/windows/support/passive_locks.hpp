/// Locks that are waited for at PASSIVE_LEVEL and leave it there.
///
///     PassiveMutex mutex;
///     mutex.acquire();  …  mutex.release();
///
/// The holder is in a critical region: it cannot be suspended by a program's debugger with the lock
/// held. Both live in non-paged memory.
#pragma once

#include "driver/windows/support/ntddk.hpp"
#include "driver/windows/support/spin_lock.hpp"

namespace openbar::windows {

class PassiveMutex {
public:
    PassiveMutex() { KeInitializeEvent(&free_, SynchronizationEvent, TRUE); }
    PassiveMutex(const PassiveMutex&) = delete;
    PassiveMutex& operator=(const PassiveMutex&) = delete;

    void acquire() {
        KeEnterCriticalRegion();
        KeWaitForSingleObject(&free_, Executive, KernelMode, FALSE, nullptr);
    }
    void release() {
        KeSetEvent(&free_, IO_NO_INCREMENT, FALSE);
        KeLeaveCriticalRegion();
    }

    class Guard {
    public:
        explicit Guard(PassiveMutex& mutex) : mutex_(mutex) { mutex_.acquire(); }
        ~Guard() { mutex_.release(); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        PassiveMutex& mutex_;
    };

private:
    KEVENT free_;
};

/// Many readers or one writer, in the order in which they come: no reader overtakes a writer, so
/// nobody may take it twice. Made of a mutex that a writer keeps and readers only pass through.
class PassiveSharedMutex {
public:
    PassiveSharedMutex() { KeInitializeEvent(&no_readers_, NotificationEvent, TRUE); }

    void acquire_shared() {
        KeEnterCriticalRegion();
        entry_.acquire();
        {
            SpinLock::Guard guard(count_lock_);
            if (readers_++ == 0) KeClearEvent(&no_readers_);
        }
        entry_.release();
    }
    void release_shared() {
        {
            SpinLock::Guard guard(count_lock_);
            if (--readers_ == 0) KeSetEvent(&no_readers_, IO_NO_INCREMENT, FALSE);
        }
        KeLeaveCriticalRegion();
    }

    void acquire_exclusive() {
        entry_.acquire();
        KeWaitForSingleObject(&no_readers_, Executive, KernelMode, FALSE, nullptr);
    }
    void release_exclusive() { entry_.release(); }

private:
    PassiveMutex entry_;
    SpinLock count_lock_;
    ULONG readers_ = 0;
    KEVENT no_readers_;
};

}  // namespace openbar::windows
