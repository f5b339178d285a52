#include "backends/emulated/map_region.hpp"

#include "backends/emulated/region_registers.hpp"
#include "base/page.hpp"
#include "base/range.hpp"
#include "trap/emulated_mapping.hpp"

#include <algorithm>
#include <utility>

namespace openbar {
namespace {

struct EmulatedRegion {
    EmulatedRegion(std::shared_ptr<Backend> kept, const RegionInfo& region, std::uint64_t start)
        : backend(std::move(kept)), registers(*backend, region, start) {}

    std::shared_ptr<Backend> backend;
    RegionRegisters registers;
    std::unique_ptr<trap::EmulatedMapping> mapping;  // goes first: it calls the registers
};

/// The whole pages that both have; empty where there are none.
Range common_pages(Range one, Range other) {
    const std::uint64_t mask = page_size() - 1;
    const std::uint64_t begin = (std::max(one.offset, other.offset) + mask) & ~mask;
    const std::uint64_t end =
        std::min(one.offset + one.length, other.offset + other.length) & ~mask;
    return begin < end ? Range{begin, end - begin} : Range{};
}

}  // namespace

bool is_memory(Range part, const RegionInfo& region) {
    return std::ranges::none_of(region.emulated, [&](const Range& trapping) {
        return part.offset < trapping.offset + trapping.length &&
               trapping.offset < part.offset + part.length;
    });
}

void make_mappable(RegionInfo& region, std::vector<Range> memory) {
    if (!trap::EmulatedMapping::supported()) {
        region.mappable = std::move(memory);
        if (region.mappable.empty())
            region.not_mappable_because = "a simulated card's registers are mapped on x86-64 only";
        return;
    }
    region.emulated = all_but(memory, region.size);
    region.mappable = {{0, region.size}};
    region.not_mappable_because.clear();
}

Result<MappedMemory> map_emulated(std::shared_ptr<Backend> backend, const RegionInfo& region,
                                  Range part, bool writable, const PlaceMemory& place_memory) {
    const Range pages = pages_around(part);
    auto owner = std::make_shared<EmulatedRegion>(std::move(backend), region, pages.offset);
    OPENBAR_TRY(mapping, trap::EmulatedMapping::create(pages.length, writable, owner->registers));
    owner->mapping = std::move(mapping);
    std::byte* const base = owner->mapping->base();
    for (const Range& memory : all_but(region.emulated, region.size)) {
        const Range placed = common_pages(memory, pages);
        if (placed.length == 0) continue;
        // A refusal costs time only.
        static_cast<void>(place_memory(base + (placed.offset - pages.offset), placed));
    }
    const MappingLoss* loss = &owner->registers.loss();
    return MappedMemory{base + (part.offset - pages.offset), MemoryType::emulated, std::move(owner),
                        loss};
}

}  // namespace openbar
