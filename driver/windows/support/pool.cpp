#include "driver/windows/support/pool.hpp"

#include "driver/windows/support/system_routine.hpp"

namespace openbar::windows {
namespace {

// ntddk.h of Windows 8: NonPagedPoolNx.
constexpr auto non_paged_pool_without_execution = static_cast<POOL_TYPE>(512);
// wdm.h of Windows 8: MdlMappingNoExecute. Older kernels would take the bit for a priority.
constexpr ULONG without_execution = 0x40000000;
POOL_TYPE pool = NonPagedPool;
ULONG priority = NormalPagePriority;

}  // namespace

void choose_pool() {
    if (!kernel_is_at_least(6, 2)) return;
    pool = non_paged_pool_without_execution;
    priority = NormalPagePriority | without_execution;
}

MM_PAGE_PRIORITY mapping_priority() {
    return static_cast<MM_PAGE_PRIORITY>(priority);
}

void* allocate_pool(SIZE_T length, ULONG tag) {
    if (length == 0) return nullptr;
    void* memory = ExAllocatePoolWithTag(pool, length, tag);
    if (memory != nullptr) RtlZeroMemory(memory, length);
    return memory;
}

}  // namespace openbar::windows
