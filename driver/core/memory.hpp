/// Objects in the kernel's memory. Their making can fail; there is no operator new.
///
///     auto* session = make<Session>(kernel);
///     if (session == nullptr) return Status::no_memory;
///     unmake(kernel, session);
#pragma once

#include "driver/core/kernel.hpp"

#include <cstddef>
#include <new>

namespace openbar::driver {

/// A T followed by `extra` cleared bytes, or nullptr.
template <typename T, typename... Arguments>
[[nodiscard]] T* make_with(Kernel& kernel, std::size_t extra, Arguments&&... arguments) {
    void* memory = kernel.allocate(sizeof(T) + extra);
    if (memory == nullptr) return nullptr;
    return ::new (memory) T{static_cast<Arguments&&>(arguments)...};
}

template <typename T, typename... Arguments>
[[nodiscard]] T* make(Kernel& kernel, Arguments&&... arguments) {
    return make_with<T>(kernel, 0, static_cast<Arguments&&>(arguments)...);
}

template <typename T>
void unmake(Kernel& kernel, T* object) {
    if (object == nullptr) return;
    object->~T();
    kernel.free(object);
}

inline void copy_bytes(void* to, const void* from, std::size_t bytes) {
    __builtin_memcpy(to, from, bytes);
}

inline void clear_bytes(void* memory, std::size_t bytes) {
    __builtin_memset(memory, 0, bytes);
}

}  // namespace openbar::driver
