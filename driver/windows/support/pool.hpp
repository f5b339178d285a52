/// Memory of the kernel's that never leaves RAM, freed by whoever holds it last.
///
///     auto buffer = PoolBuffer::allocate(4096, 'rbpO');     // zeroed, never executable
///     if (!buffer) return STATUS_INSUFFICIENT_RESOURCES;
///     RtlCopyMemory(buffer.data(), source, buffer.size());
///
/// Allocation and release at IRQL <= DISPATCH_LEVEL. Call `choose_pool()` first in DriverEntry:
/// memory that cannot be executed (NonPagedPoolNx) exists since Windows 8, and older kernels take
/// its number for something else.
#pragma once

#include "driver/windows/support/ntddk.hpp"

#include <new>
#include <utility>

namespace openbar::windows {

/// Decides for good which kind of non-paged pool this kernel has, and how it maps pages that nobody
/// may execute. PASSIVE_LEVEL.
void choose_pool();

/// For MmMapLockedPagesSpecifyCache: a mapping that nobody may execute, where the kernel has such.
MM_PAGE_PRIORITY mapping_priority();

/// Zeroed non-paged memory, or null. `tag` reads backwards in the debugger.
void* allocate_pool(SIZE_T length, ULONG tag);

class PoolBuffer {
public:
    PoolBuffer() = default;
    static PoolBuffer allocate(SIZE_T length, ULONG tag) {
        return PoolBuffer(allocate_pool(length, tag), length);
    }
    PoolBuffer(PoolBuffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    PoolBuffer& operator=(PoolBuffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~PoolBuffer() {
        if (data_ != nullptr) ExFreePool(data_);
    }

    explicit operator bool() const { return data_ != nullptr; }
    [[nodiscard]] std::uint8_t* data() const { return static_cast<std::uint8_t*>(data_); }
    [[nodiscard]] SIZE_T size() const { return size_; }

private:
    PoolBuffer(void* data, SIZE_T length) : data_(data), size_(data != nullptr ? length : 0) {}

    void* data_ = nullptr;
    SIZE_T size_ = 0;
};

/// An object in non-paged memory; null where there was none to be had.
template <typename T, typename... Arguments>
T* create_in_pool(ULONG tag, Arguments&&... arguments) {
    void* memory = allocate_pool(sizeof(T), tag);
    return memory != nullptr ? new (memory) T(std::forward<Arguments>(arguments)...) : nullptr;
}

template <typename T>
void destroy_in_pool(T* object) {
    if (object == nullptr) return;
    object->~T();
    ExFreePool(object);
}

}  // namespace openbar::windows
