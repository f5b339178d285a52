#include "dma/device_memory.hpp"

#include <algorithm>

namespace openbar::dma {

std::vector<DmaSegment> part_of(const std::vector<DmaSegment>& segments, std::uint64_t offset,
                                std::uint64_t size) {
    std::vector<DmaSegment> part;
    for (const DmaSegment& segment : segments) {
        if (size == 0) break;
        if (offset >= segment.size) {
            offset -= segment.size;
            continue;
        }
        const std::uint64_t length = std::min(segment.size - offset, size);
        part.push_back({segment.iova + offset, length});
        size -= length;
        offset = 0;
    }
    return part;
}

Result<DeviceMemory> give_buffer(AddressSpace& space, const Pages& pages, std::uint64_t size,
                                 const DmaConstraints& constraints,
                                 std::shared_ptr<const void> keeps) {
    const Placement placement{.alignment = constraints.alignment,
                              .highest = constraints.highest_address,
                              .contiguous = constraints.contiguous};
    OPENBAR_TRY(granted, space.give(pages, placement, std::move(keeps)));
    return DeviceMemory{pages.bytes.first(size), part_of(granted.segments, 0, size),
                        std::move(granted.owner)};
}

Result<DeviceMemory> give_pinned(AddressSpace& space, std::span<std::byte> memory,
                                 const PinOptions& options, std::shared_ptr<const void> keeps) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    const std::uint64_t mask = space.granule() - 1;
    const std::uint64_t offset = address & mask;
    const Pages pages{.bytes = {memory.data() - offset, (offset + memory.size() + mask) & ~mask},
                      .programs = true};
    const Placement placement{
        .highest = options.highest_address, .contiguous = false, .access = options.access};
    OPENBAR_TRY(granted, space.give(pages, placement, std::move(keeps)));
    return DeviceMemory{memory, part_of(granted.segments, offset, memory.size()),
                        std::move(granted.owner)};
}

}  // namespace openbar::dma
