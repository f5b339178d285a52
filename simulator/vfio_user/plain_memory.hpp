/// The parts of a card's regions that are plain memory: sealed files that clients map.
#pragma once

#include "openbar/result.hpp"
#include "openbar/vfio_user/shared_memory.hpp"

#include "simulator/model.hpp"

#include <cstddef>
#include <map>
#include <span>

namespace openbar::simulator::vfio_user {

class PlainMemory {
public:
    /// Memory for each region that has plain parts, of the region's whole size.
    [[nodiscard]] static Result<PlainMemory> create(const Description& description);

    /// Empty where the region has no plain part.
    [[nodiscard]] std::span<std::byte> memory(RegionNumber region) const;
    [[nodiscard]] int descriptor(RegionNumber region) const;  ///< -1 likewise
    /// Whether these bytes are plain. An access never straddles a border: parts are whole pages.
    [[nodiscard]] bool covers(RegionNumber region, std::uint64_t offset) const;

private:
    struct Region {
        openbar::vfio_user::SharedMemory file;
        std::vector<RegionDescription::Plain> parts;
    };
    std::map<RegionNumber, Region> regions_;
};

}  // namespace openbar::simulator::vfio_user
