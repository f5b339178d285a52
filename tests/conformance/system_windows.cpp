#include "system.hpp"

#include <windows.h>

namespace openbar::conformance {

std::size_t open_descriptors() {
    DWORD count = 0;
    GetProcessHandleCount(GetCurrentProcess(), &count);
    return count;
}

bool is_signalled(Interrupt::NativeHandle handle, std::chrono::milliseconds timeout) {
    return WaitForSingleObject(handle, static_cast<DWORD>(timeout.count())) == WAIT_OBJECT_0;
}

std::span<std::byte> allocate_pages(std::size_t size) {
    void* const base = VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    return {static_cast<std::byte*>(base), base == nullptr ? 0 : size};
}

void take_away(std::span<std::byte> part) {
    VirtualFree(part.data(), part.size(), MEM_DECOMMIT);
}

void free_pages(std::span<std::byte> all) {
    VirtualFree(all.data(), 0, MEM_RELEASE);
}

}  // namespace openbar::conformance
