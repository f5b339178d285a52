/// Zeroed whole pages from the kernel, given back at the end.
///
/// A child process of `fork` does not get them: otherwise the first write after the fork could
/// move the parent's pages from under the device (Linux before 5.12), and an inherited copy of
/// what a device writes is of no use.
#pragma once

#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace openbar::dma {

class PageMemory {
public:
    /// `size`: a multiple of the page size. `flags`: more flags for mmap, MAP_HUGETLB for example.
    [[nodiscard]] static Result<PageMemory> allocate(std::uint64_t size, int flags = 0);

    PageMemory(PageMemory&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    PageMemory& operator=(PageMemory&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~PageMemory();

    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

private:
    explicit PageMemory(std::span<std::byte> bytes) noexcept : bytes_(bytes) {}

    std::span<std::byte> bytes_;
};

}  // namespace openbar::dma
