#include "openbar/vfio_user/shared_memory.hpp"

#include "base/failure.hpp"
#include "base/file_descriptor.hpp"
#include "base/system_calls.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <utility>

namespace openbar::vfio_user {

Result<SharedMemory> SharedMemory::create(std::size_t size, const std::string& name) {
    const std::string attempted = "create shared memory \"" + name + "\"";
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    if (size == 0) return failure(ErrorCode::invalid_argument, attempted, "its size is 0 bytes");
    if (size > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - page) {
        return failure(ErrorCode::resource_exhausted, attempted,
                       "it is larger than an address space");
    }
    size = (size + page - 1) / page * page;
    FileDescriptor descriptor(
        system_calls::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!descriptor) return system_failure(errno, attempted, "memfd_create");
    if (system_calls::ftruncate(descriptor.get(), static_cast<off_t>(size)) != 0) {
        return system_failure(errno, attempted, "ftruncate");
    }
    if (::fcntl(descriptor.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return system_failure(errno, attempted, "fcntl(F_ADD_SEALS)");
    }
    void* memory =
        system_calls::mmap(size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.get(), 0);
    if (memory == MAP_FAILED) return system_failure(errno, attempted, "mmap");
    return SharedMemory(descriptor.release(), {static_cast<std::byte*>(memory), size});
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      memory_(std::exchange(other.memory_, {})) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(memory_, other.memory_);
    return *this;
}

SharedMemory::~SharedMemory() {
    if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace openbar::vfio_user
