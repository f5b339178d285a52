#include "base/failure.hpp"
#include "base/file_descriptor.hpp"
#include "base/page.hpp"
#include "base/shared_pages.hpp"
#include "base/system_calls.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

namespace openbar {

Result<SharedPages> SharedPages::create(std::size_t size, const std::string& name) {
    if (size == 0) return failure(ErrorCode::invalid_argument, "its size is 0 bytes");
    if (size > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - page_size())
        return failure(ErrorCode::resource_exhausted, "it is larger than an address space");
    size = static_cast<std::size_t>(pages_around({0, size}).length);
    FileDescriptor file(system_calls::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) return system_failure(errno, "memfd_create");
    if (system_calls::ftruncate(file.get(), static_cast<off_t>(size)) != 0)
        return system_failure(errno, "ftruncate");
    if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return system_failure(errno, "fcntl(F_ADD_SEALS)");
    void* memory = system_calls::mmap(size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) return system_failure(errno, "mmap");
    return SharedPages(file.release(), {static_cast<std::byte*>(memory), size});
}

SharedPages::~SharedPages() {
    if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
    if (handle_ >= 0) ::close(handle_);
}

}  // namespace openbar
