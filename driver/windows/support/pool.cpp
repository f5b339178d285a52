#include "driver/windows/support/pool.hpp"

#include "driver/windows/support/system_routine.hpp"

namespace openbar::windows {
namespace {

// ntddk.h of Windows 8: NonPagedPoolNx.
constexpr auto non_paged_pool_without_execution = static_cast<POOL_TYPE>(512);
POOL_TYPE pool = NonPagedPool;

}  // namespace

void choose_pool() {
    pool = kernel_is_at_least(6, 2) ? non_paged_pool_without_execution : NonPagedPool;
}

void* allocate_pool(SIZE_T length, ULONG tag) {
    if (length == 0) return nullptr;
    void* memory = ExAllocatePoolWithTag(pool, length, tag);
    if (memory != nullptr) RtlZeroMemory(memory, length);
    return memory;
}

}  // namespace openbar::windows
