/// Memory that holds code made at run time: written while nobody runs it, run while nobody may
/// write it.
#pragma once

#include <cstddef>

namespace openbar::trap {

struct ExecutableMemory {
    std::byte* code = nullptr;
    std::size_t code_size = 0;
    std::byte* data = nullptr;  ///< that can be written, right behind the code
};

/// Both sizes are rounded up to whole pages. False where the system gives none. Never freed.
[[nodiscard]] bool allocate_executable(std::size_t code_size, std::size_t data_size,
                                       ExecutableMemory& memory) noexcept;

/// Replaces code that no thread runs, and has every processor see it. Takes system calls only.
[[nodiscard]] bool write_code(const ExecutableMemory& memory, std::byte* place, const void* bytes,
                              std::size_t size) noexcept;

}  // namespace openbar::trap
