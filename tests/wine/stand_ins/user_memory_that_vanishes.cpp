/// ProbeForRead and ProbeForWrite for a driver under test: memory of two lengths is not there.
///
/// Wine copies what a program gives before the driver sees it, so that a bad address never gets
/// this far there. Here the access faults inside the driver, as it does on Windows when another
/// thread of the program frees the memory in the middle of the call.
#include "driver/windows/support/ntddk.hpp"

namespace {

void fault() {
    const volatile auto* nowhere = reinterpret_cast<const volatile char*>(std::uintptr_t{16});
    static_cast<void>(*nowhere);
}

void NTAPI probe_for_read(const void*, SIZE_T length, ULONG) {
    if (length == 1313) fault();
}

void NTAPI probe_for_write(void*, SIZE_T length, ULONG) {
    if (length == 4) fault();
}

}  // namespace

extern "C" {
extern const void* const __imp_ProbeForRead;
extern const void* const __imp_ProbeForWrite;
const void* const __imp_ProbeForRead = reinterpret_cast<const void*>(&probe_for_read);
const void* const __imp_ProbeForWrite = reinterpret_cast<const void*>(&probe_for_write);
}
