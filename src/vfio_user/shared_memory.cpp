#include "openbar/vfio_user/shared_memory.hpp"

#include "base/shared_pages.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace openbar::vfio_user {

Result<SharedMemory> SharedMemory::create(std::size_t size, const std::string& name) {
    return SharedPages::create(size, name)
        .transform([](SharedPages pages) {
            const auto [descriptor, memory] = pages.release();
            return SharedMemory(descriptor, memory);
        })
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
