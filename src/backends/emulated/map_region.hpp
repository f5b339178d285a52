/// Maps a region of a simulated card: its memory as memory, its registers so that they trap.
#pragma once

#include "device/backend.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace openbar {

/// Maps `part` of the region, whole pages of its memory, at `place`. What it refuses traps as
/// registers do.
using PlaceMemory = std::function<Result<void>(std::byte* place, Range part)>;

/// `part` of `region`, which the back end keeps. Each access traps, except to memory.
[[nodiscard]] Result<MappedMemory> map_emulated(std::shared_ptr<Backend> backend,
                                                const RegionInfo& region, Range part, bool writable,
                                                const PlaceMemory& place_memory);

/// Whether no byte of `part` traps.
[[nodiscard]] bool is_memory(Range part, const RegionInfo& region);

/// Lets all of `region` be mapped: `memory`, which is sorted and does not overlap, and registers
/// around it. Without emulated mappings on this processor: `memory` alone.
void make_mappable(RegionInfo& region, std::vector<Range> memory);

}  // namespace openbar
