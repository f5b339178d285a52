/// Pages of a program, locked in RAM for as long as the object lives; and the kernel's view of an
/// MDL.
///
///     LockedPages pages;
///     NTSTATUS status = pages.lock(address, length, IoWriteAccess);
///     if (NT_SUCCESS(status)) use(system_address(pages.mdl()));
///
/// `lock` in the context of the program, at IRQL <= APC_LEVEL; release at IRQL <= DISPATCH_LEVEL.
#pragma once

#include "driver/windows/support/guarded_call.hpp"
#include "driver/windows/support/ntddk.hpp"
#include "driver/windows/support/pool.hpp"

#include <utility>

namespace openbar::windows {

/// Where the kernel sees the pages of a locked MDL; null where it has no room to map them.
inline std::uint8_t* system_address(MDL* mdl) {
    if (mdl == nullptr) return nullptr;
    return static_cast<std::uint8_t*>(MmGetSystemAddressForMdlSafe(mdl, mapping_priority()));
}

class LockedPages {
public:
    LockedPages() = default;
    LockedPages(LockedPages&& other) noexcept : mdl_(std::exchange(other.mdl_, nullptr)) {}
    LockedPages& operator=(LockedPages&& other) noexcept {
        std::swap(mdl_, other.mdl_);
        return *this;
    }
    ~LockedPages() {
        if (mdl_ == nullptr) return;
        MmUnlockPages(mdl_);
        IoFreeMdl(mdl_);
    }

    /// Locks `length` bytes at a user address. `access` is what the *device or driver* will do.
    NTSTATUS lock(void* address, ULONG length, LOCK_OPERATION access) {
        MDL* mdl = IoAllocateMdl(address, length, FALSE, FALSE, nullptr);
        if (mdl == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
        // It raises; it does not return an error.
        const NTSTATUS status = guarded_call([&] { MmProbeAndLockPages(mdl, UserMode, access); });
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(mdl);
            return status;
        }
        *this = LockedPages(mdl);
        return STATUS_SUCCESS;
    }

    [[nodiscard]] MDL* mdl() const { return mdl_; }
    explicit operator bool() const { return mdl_ != nullptr; }

private:
    explicit LockedPages(MDL* mdl) : mdl_(mdl) {}
    MDL* mdl_ = nullptr;
};

}  // namespace openbar::windows
