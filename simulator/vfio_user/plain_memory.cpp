#include "simulator/vfio_user/plain_memory.hpp"

#include "base/range.hpp"

#include <algorithm>
#include <utility>

namespace openbar::simulator::vfio_user {

Result<PlainMemory> PlainMemory::create(const Description& description) {
    PlainMemory result;
    for (const auto& region : description.regions) {
        if (region.plain.empty()) continue;
        OPENBAR_TRY(file, openbar::vfio_user::SharedMemory::create(
                              static_cast<std::size_t>(region.size), description.name));
        result.regions_.emplace(region.index, Region{std::move(file), region.plain});
    }
    return result;
}

std::span<std::byte> PlainMemory::memory(RegionNumber region) const {
    const auto found = regions_.find(region);
    return found == regions_.end() ? std::span<std::byte>{} : found->second.file.memory();
}

int PlainMemory::descriptor(RegionNumber region) const {
    const auto found = regions_.find(region);
    return found == regions_.end() ? -1 : found->second.file.descriptor();
}

bool PlainMemory::covers(RegionNumber region, std::uint64_t offset) const {
    const auto found = regions_.find(region);
    return found != regions_.end() &&
           std::ranges::any_of(found->second.parts, [&](const auto& part) {
               return lies_within({offset, 1}, {part.offset, part.length});
           });
}

}  // namespace openbar::simulator::vfio_user
