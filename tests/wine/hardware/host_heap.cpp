#include "tests/wine/hardware/host_heap.hpp"

#include "tests/wine/hardware/win32_threads.hpp"

#include <windows.h>

#include <array>
#include <cstring>
#include <mutex>

namespace openbar::hardware {
namespace {

constexpr SIZE_T largest_kept = 4096;  // requests are smaller; buffers need not be kept

struct Freed {
    HANDLE heap = nullptr;
    void* memory = nullptr;
};
std::array<Freed, 8192> freed_blocks;
std::size_t next_kept = 0;
Mutex lock;

BOOL WINAPI free_later(HANDLE heap, DWORD flags, void* memory) {
    if (memory == nullptr || HeapSize(heap, 0, memory) > largest_kept)
        return HeapFree(heap, flags, memory);
    Freed oldest;
    {
        std::lock_guard held(lock);
        oldest = std::exchange(freed_blocks[next_kept], {heap, memory});
        next_kept = (next_kept + 1) % freed_blocks.size();
    }
    return oldest.memory == nullptr || HeapFree(oldest.heap, 0, oldest.memory) != 0;
}

template <typename Part>
Part* at(HMODULE module, DWORD offset) {
    return reinterpret_cast<Part*>(reinterpret_cast<std::uintptr_t>(module) + offset);
}

/// The place in the module's import table that holds the address of that routine.
void** find_import(HMODULE module, const char* routine) {
    const auto* dos = at<IMAGE_DOS_HEADER>(module, 0);
    const auto* headers = at<IMAGE_NT_HEADERS>(module, static_cast<DWORD>(dos->e_lfanew));
    const auto& directory = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    auto* from = at<IMAGE_IMPORT_DESCRIPTOR>(module, directory.VirtualAddress);
    for (; from->Name != 0; ++from) {
        auto* name = at<IMAGE_THUNK_DATA>(module, from->OriginalFirstThunk);
        auto* address = at<IMAGE_THUNK_DATA>(module, from->FirstThunk);
        for (; name->u1.AddressOfData != 0; ++name, ++address) {
            if (IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal)) continue;
            const auto* by_name =
                at<IMAGE_IMPORT_BY_NAME>(module, static_cast<DWORD>(name->u1.AddressOfData));
            if (std::strcmp(reinterpret_cast<const char*>(by_name->Name), routine) == 0)
                return reinterpret_cast<void**>(&address->u1.Function);
        }
    }
    return nullptr;
}

}  // namespace

void delay_frees_of_kernel() {
    void** place = find_import(GetModuleHandleW(L"ntoskrnl.exe"), "HeapFree");
    DWORD before = 0;
    if (place == nullptr || VirtualProtect(place, sizeof *place, PAGE_READWRITE, &before) == 0)
        return;
    *place = reinterpret_cast<void*>(&free_later);
    VirtualProtect(place, sizeof *place, before, &before);
}

}  // namespace openbar::hardware
