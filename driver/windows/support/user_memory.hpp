/// Copies to and from an address that a program gave: probed, guarded, once.
///
///     char message[64];
///     NTSTATUS status = copy_from_user(message, user_address, sizeof message);
///
/// Only in the context of the process whose address it is, at IRQL < DISPATCH_LEVEL. The probe
/// keeps the address below the kernel's half; the guard catches memory that is not there or goes
/// away meanwhile. Copy first and look at the copy: what lies at a user address may change between
/// two looks.
#pragma once

#include "driver/windows/support/guarded_call.hpp"
#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

/// STATUS_SUCCESS, or what the access raised; then `to` may be partly written.
inline NTSTATUS copy_from_user(void* to, const void* user, SIZE_T length) {
    return guarded_call([&] {
        ProbeForRead(user, length, 1);
        RtlCopyMemory(to, user, length);
    });
}

/// STATUS_SUCCESS, or what the access raised; then part of `user` may be written.
inline NTSTATUS copy_to_user(void* user, const void* from, SIZE_T length) {
    return guarded_call([&] {
        ProbeForWrite(user, length, 1);
        RtlCopyMemory(user, from, length);
    });
}

}  // namespace openbar::windows
