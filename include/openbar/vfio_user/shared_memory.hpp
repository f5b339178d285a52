/// Memory that another process can map, for DMA of a simulated card.
///
///     using openbar::vfio_user::Client, openbar::vfio_user::SharedMemory;
///     auto client = Client::connect("card.sock").value();
///     auto ring = SharedMemory::create(64 * 1024, "ring").value();
///     client.dma_map(0x10000, ring.memory(), openbar::vfio_user::DmaAccess::read_write,
///                    ring.descriptor()).value();
///
/// A sealed memfd of fixed size: neither side can truncate it.
#pragma once

#include "openbar/result.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace openbar::vfio_user {

class SharedMemory {
public:
    /// `size` bytes, rounded up to whole pages, zeroed. `name` appears in /proc/PID/maps. Errors:
    /// invalid_argument (0 bytes); resource_exhausted; io.
    [[nodiscard]] static Result<SharedMemory> create(std::size_t size, const std::string& name);

    SharedMemory(SharedMemory&& other) noexcept;
    SharedMemory& operator=(SharedMemory&& other) noexcept;
    ~SharedMemory();

    [[nodiscard]] std::span<std::byte> memory() const noexcept { return memory_; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    SharedMemory(int descriptor, std::span<std::byte> memory) noexcept
        : descriptor_(descriptor), memory_(memory) {}

    int descriptor_ = -1;
    std::span<std::byte> memory_;
};

}  // namespace openbar::vfio_user
