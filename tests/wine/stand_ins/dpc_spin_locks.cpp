/// The two spin lock routines that x86 kernels export and Wine's does not.
#include "driver/windows/support/ntddk.hpp"

#ifndef _WIN64
namespace {

void FASTCALL acquire(KSPIN_LOCK* lock) {
    while (InterlockedExchange(reinterpret_cast<volatile LONG*>(lock), 1) != 0) YieldProcessor();
}

void FASTCALL release(KSPIN_LOCK* lock) {
    InterlockedExchange(reinterpret_cast<volatile LONG*>(lock), 0);
}

}  // namespace

extern "C" {
extern const void* const imported_acquire asm("__imp_@KefAcquireSpinLockAtDpcLevel@4");
extern const void* const imported_release asm("__imp_@KefReleaseSpinLockFromDpcLevel@4");
const void* const imported_acquire = reinterpret_cast<const void*>(&acquire);
const void* const imported_release = reinterpret_cast<const void*>(&release);
}
#endif
