#include "openbar/vfio_user/shared_memory.hpp"

#include "base/failure.hpp"
#include "base/file_descriptor.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <utility>

namespace openbar::vfio_user {

namespace {

struct Mapped {
    FileDescriptor file;
    std::span<std::byte> memory;
};

Result<Mapped> create_mapped(std::size_t size, const std::string& name) {
    if (size == 0) return failure(ErrorCode::invalid_argument, "its size is 0 bytes");
    if (size > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - page_size()) {
        return failure(ErrorCode::resource_exhausted, "it is larger than an address space");
    }
    size = static_cast<std::size_t>(pages_around({0, size}).length);
    FileDescriptor file(system_calls::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) return system_failure(errno, "memfd_create");
    if (system_calls::ftruncate(file.get(), static_cast<off_t>(size)) != 0) {
        return system_failure(errno, "ftruncate");
    }
    if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return system_failure(errno, "fcntl(F_ADD_SEALS)");
    }
    void* memory = system_calls::mmap(size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) return system_failure(errno, "mmap");
    return Mapped{std::move(file), {static_cast<std::byte*>(memory), size}};
}

}  // namespace

Result<SharedMemory> SharedMemory::create(std::size_t size, const std::string& name) {
    return create_mapped(size, name)
        .transform([](Mapped mapped) { return SharedMemory(mapped.file.release(), mapped.memory); })
        .attempting([&] { return "create shared memory \"" + name + "\""; });
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
