/// What `Backend::allocate_dma` and `Backend::pin` give, and the two steps that back ends with an
/// address space share: to give pages that were allocated for it, or those around the caller's.
#pragma once

#include "openbar/dma.hpp"
#include "openbar/pinned_memory.hpp"

#include "dma/address_space.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace openbar {

struct DeviceMemory {
    std::span<std::byte> bytes;
    std::vector<DmaSegment> segments;
    std::shared_ptr<const void> owner;
};

namespace dma {

/// The part of `segments` that holds `size` bytes from `offset`, counted over all of them.
[[nodiscard]] std::vector<DmaSegment> part_of(const std::vector<DmaSegment>& segments,
                                              std::uint64_t offset, std::uint64_t size);

/// The first `size` bytes of `pages`, which `keeps` keeps.
[[nodiscard]] Result<DeviceMemory> give_buffer(AddressSpace& space, const Pages& pages,
                                               std::uint64_t size,
                                               const DmaConstraints& constraints,
                                               std::shared_ptr<const void> keeps);

[[nodiscard]] Result<DeviceMemory> give_pinned(AddressSpace& space, std::span<std::byte> memory,
                                               const PinOptions& options,
                                               std::shared_ptr<const void> keeps);

}  // namespace dma
}  // namespace openbar
