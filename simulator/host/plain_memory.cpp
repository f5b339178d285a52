#include "simulator/host/plain_memory.hpp"

#include "base/range.hpp"

#include <algorithm>
#include <utility>

namespace openbar::simulator {

Result<PlainMemory> PlainMemory::create(const Description& description) {
    PlainMemory result;
    for (const auto& region : description.regions) {
        if (region.plain.empty()) continue;
        OPENBAR_TRY(pages,
                    SharedPages::create(static_cast<std::size_t>(region.size), description.name)
                        .attempting([] { return "make the card's memory"; }));
        result.regions_.emplace(region.index, Region{std::move(pages), region.plain});
    }
    return result;
}

std::span<std::byte> PlainMemory::memory(RegionNumber region) const {
    const auto found = regions_.find(region);
    return found == regions_.end() ? std::span<std::byte>{} : found->second.pages.memory();
}

SharedPages::Handle PlainMemory::handle(RegionNumber region) const {
    const auto found = regions_.find(region);
    return found == regions_.end() ? SharedPages::none : found->second.pages.handle();
}

bool PlainMemory::covers(RegionNumber region, std::uint64_t offset) const {
    const auto found = regions_.find(region);
    return found != regions_.end() &&
           std::ranges::any_of(found->second.parts, [&](const auto& part) {
               return lies_within({offset, 1}, {part.offset, part.length});
           });
}

}  // namespace openbar::simulator
