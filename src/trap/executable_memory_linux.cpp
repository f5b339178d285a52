#include "trap/executable_memory.hpp"

#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace openbar::trap {
namespace {

constexpr std::size_t page = 4096;

std::size_t whole_pages(std::size_t size) {
    return (size + page - 1) / page * page;
}

}  // namespace

bool allocate_executable(std::size_t code_size, std::size_t data_size,
                         ExecutableMemory& memory) noexcept {
    const std::size_t code = whole_pages(code_size);
    const std::size_t size = code + whole_pages(data_size);
    void* const start =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return false;
    if (::mprotect(start, code, PROT_READ | PROT_EXEC) != 0) {
        ::munmap(start, size);
        return false;
    }
    // Kernels without it (before 4.16) leave other processors to find out by themselves.
    ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0);
    memory = {static_cast<std::byte*>(start), code, static_cast<std::byte*>(start) + code};
    return true;
}

bool write_code(const ExecutableMemory& memory, std::byte* place, const void* bytes,
                std::size_t size) noexcept {
    if (::mprotect(memory.code, memory.code_size, PROT_READ | PROT_WRITE) != 0) return false;
    std::memcpy(place, bytes, size);
    if (::mprotect(memory.code, memory.code_size, PROT_READ | PROT_EXEC) != 0) return false;
    ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0);
    return true;
}

}  // namespace openbar::trap
