/// ExAllocatePoolWithTag for a driver under test: nothing above 4096 bytes is to be had.
///
/// Linked in front of ntoskrnl's import library, so that the driver's own objects, unchanged, take
/// this pointer for the imported one.
#include "driver/windows/support/unicode_string.hpp"

namespace {

constexpr SIZE_T memory_ends_at = 4096;

PVOID NTAPI allocate(POOL_TYPE type, SIZE_T length, ULONG tag) {
    static const UNICODE_STRING name = openbar::windows::literal(L"ExAllocatePoolWithTag");
    using Allocate = PVOID(NTAPI*)(POOL_TYPE, SIZE_T, ULONG);
    UNICODE_STRING routine = name;
    const auto kernels = reinterpret_cast<Allocate>(MmGetSystemRoutineAddress(&routine));
    if (length > memory_ends_at || kernels == nullptr) return nullptr;
    return kernels(type, length, tag);
}

}  // namespace

extern "C" {
extern const void* const __imp_ExAllocatePoolWithTag;
const void* const __imp_ExAllocatePoolWithTag = reinterpret_cast<const void*>(&allocate);
}
