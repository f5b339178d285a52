/// The kernel's own declarations, in the one order in which the free headers agree with each other.
///
/// Every file of a driver includes this instead of <ntddk.h>. <intrin.h> comes first because the
/// driver headers define two functions that it has defined already (the build names them as done).
#pragma once

// clang-format off
#include <intrin.h>
#include <ntddk.h>
// clang-format on

#include <cstddef>
#include <cstdint>

extern "C" {
NTKERNELAPI VOID NTAPI ProbeForRead(const VOID* address, SIZE_T length, ULONG alignment);
NTKERNELAPI VOID NTAPI ProbeForWrite(PVOID address, SIZE_T length, ULONG alignment);
}
