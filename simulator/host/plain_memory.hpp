/// The parts of a card's regions that are plain memory: files that clients map.
#pragma once

#include "openbar/result.hpp"

#include "base/shared_pages.hpp"
#include "simulator/model.hpp"

#include <cstddef>
#include <map>
#include <span>

namespace openbar::simulator {

class PlainMemory {
public:
    /// Memory for each region that has plain parts, of the region's whole size.
    [[nodiscard]] static Result<PlainMemory> create(const Description& description);

    /// Empty where the region has no plain part.
    [[nodiscard]] std::span<std::byte> memory(RegionNumber region) const;
    /// What maps them once more; `SharedPages::none` likewise.
    [[nodiscard]] SharedPages::Handle handle(RegionNumber region) const;
    /// Whether these bytes are plain. An access never straddles a border: parts are whole pages.
    [[nodiscard]] bool covers(RegionNumber region, std::uint64_t offset) const;

private:
    struct Region {
        SharedPages pages;
        std::vector<RegionDescription::Plain> parts;
    };
    std::map<RegionNumber, Region> regions_;
};

}  // namespace openbar::simulator
