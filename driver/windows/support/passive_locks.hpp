/// Locks that are waited for at PASSIVE_LEVEL and leave it there.
///
///     PassiveMutex mutex;
///     mutex.acquire();  …  mutex.release();
///
/// The holder is in a critical region: it cannot be suspended by a program's debugger with the lock
/// held. Both live in non-paged memory.
#pragma once

#include "driver/windows/support/ntddk.hpp"

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

/// Many readers or one writer (ERESOURCE).
class PassiveSharedMutex {
public:
    PassiveSharedMutex() { ExInitializeResourceLite(&resource_); }
    PassiveSharedMutex(const PassiveSharedMutex&) = delete;
    PassiveSharedMutex& operator=(const PassiveSharedMutex&) = delete;
    ~PassiveSharedMutex() { ExDeleteResourceLite(&resource_); }

    void acquire_shared() {
        KeEnterCriticalRegion();
        ExAcquireResourceSharedLite(&resource_, TRUE);
    }
    void acquire_exclusive() {
        KeEnterCriticalRegion();
        ExAcquireResourceExclusiveLite(&resource_, TRUE);
    }
    void release() {
        ExReleaseResourceLite(&resource_);
        KeLeaveCriticalRegion();
    }

private:
    ERESOURCE resource_;
};

}  // namespace openbar::windows
