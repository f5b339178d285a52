/// A routine that not every supported kernel has, looked up when the driver runs.
///
///     using Connect = NTSTATUS(NTAPI*)(IO_CONNECT_INTERRUPT_PARAMETERS*);
///     if (auto connect = system_routine<Connect>(L"IoConnectInterruptEx")) return
///     connect(&parameters);
///
/// So that one binary loads on old and new Windows: a name in the import table that the kernel does
/// not export keeps the driver from loading at all. PASSIVE_LEVEL.
#pragma once

#include "driver/windows/support/unicode_string.hpp"

namespace openbar::windows {

template <typename Function, std::size_t count>
Function system_routine(const wchar_t (&name)[count]) {
    UNICODE_STRING text = literal(name);
    return reinterpret_cast<Function>(MmGetSystemRoutineAddress(&text));
}

/// Whether the kernel is at least that version of Windows NT (6.2 is Windows 8). PASSIVE_LEVEL.
inline bool kernel_is_at_least(ULONG major, ULONG minor) {
    RTL_OSVERSIONINFOW version{};
    version.dwOSVersionInfoSize = sizeof version;
    if (!NT_SUCCESS(RtlGetVersion(&version))) return false;
    return version.dwMajorVersion > major ||
           (version.dwMajorVersion == major && version.dwMinorVersion >= minor);
}

}  // namespace openbar::windows
