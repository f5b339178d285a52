#include "system.hpp"
#include "tests/support/open_descriptors.hpp"

#include <poll.h>
#include <sys/mman.h>

namespace openbar::conformance {

std::size_t open_descriptors() {
    return openbar::open_descriptors();
}

bool is_signalled(Interrupt::NativeHandle handle, std::chrono::milliseconds timeout) {
    pollfd ready{handle, POLLIN, 0};
    return ::poll(&ready, 1, static_cast<int>(timeout.count())) == 1;
}

std::span<std::byte> allocate_pages(std::size_t size) {
    void* const base =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return {};
    return {static_cast<std::byte*>(base), size};
}

void take_away(std::span<std::byte> part) {
    ::munmap(part.data(), part.size());
}

void free_pages(std::span<std::byte> all) {
    ::munmap(all.data(), all.size());
}

}  // namespace openbar::conformance
