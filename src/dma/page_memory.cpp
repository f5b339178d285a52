#include "dma/page_memory.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>

namespace openbar::dma {

Result<PageMemory> PageMemory::allocate(std::uint64_t size, int flags) {
    void* const base = system_calls::mmap(size, PROT_READ | PROT_WRITE,
                                          MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (base == MAP_FAILED) {
        const int error = errno;
        if (error == ENOMEM)
            return failure(ErrorCode::resource_exhausted,
                           fmt::format("the system has no {:#x} bytes of memory for it", size));
        return system_failure(error, "mmap");
    }
    PageMemory memory({static_cast<std::byte*>(base), static_cast<std::size_t>(size)});
    if (system_calls::madvise(base, size, MADV_DONTFORK) != 0)
        return system_failure(errno, "madvise(MADV_DONTFORK)");
    return memory;
}

PageMemory::~PageMemory() {
    if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace openbar::dma
