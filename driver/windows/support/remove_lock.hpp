/// Keeps a device from being removed while somebody still works with it (IO_REMOVE_LOCK).
///
///     if (!NT_SUCCESS(lock.acquire(irp))) return request.complete(STATUS_DELETE_PENDING);
///     ...
///     lock.release(irp);
///
/// Acquired for every IRP, released when that IRP is completed or has been passed on; the tag is
/// the IRP, so that a checked kernel can name what was forgotten. IRQL <= DISPATCH_LEVEL, but the
/// wait.
#pragma once

#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

class RemoveLock {
public:
    explicit RemoveLock(ULONG tag) { IoInitializeRemoveLock(&lock_, tag, 0, 0); }
    RemoveLock(const RemoveLock&) = delete;
    RemoveLock& operator=(const RemoveLock&) = delete;

    /// STATUS_DELETE_PENDING once removal has begun.
    NTSTATUS acquire(void* tag) { return IoAcquireRemoveLock(&lock_, tag); }
    void release(void* tag) { IoReleaseRemoveLock(&lock_, tag); }
    /// Lets nobody else in, and waits until all are out. Once, at PASSIVE_LEVEL.
    void release_and_wait(void* tag) { IoReleaseRemoveLockAndWait(&lock_, tag); }

private:
    IO_REMOVE_LOCK lock_;
};

}  // namespace openbar::windows
