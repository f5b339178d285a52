/// Reading and writing part of a region by the way that suits it: through a mapping where the
/// region can be mapped, by requests where it cannot.
///
///     auto access = RegionAccess::open(device, region, {offset, length}, 4, Direction::read, {});
///     auto value = access->read(offset);
#pragma once

#include "openbar/device.hpp"

#include <optional>

namespace openbar::cli {

enum class Direction { read, write, modify };

class RegionAccess {
public:
    /// Checks that `part` lies within the region and suits elements of `width` bytes, before
    /// anything is touched. With `requests`, makes requests even if the part can be mapped.
    [[nodiscard]] static Result<RegionAccess> open(const Device& device, RegionIndex index,
                                                   Range part, unsigned width, Direction direction,
                                                   bool requests);

    /// One access at `offset` bytes from the region's start, within `part`. Error, also where it is
    /// a plain load or store: removed, when the device has gone meanwhile. For that a load that
    /// gives all ones after one that did not is followed by a read of the vendor's id.
    [[nodiscard]] Result<std::uint64_t> read(std::uint64_t offset) const;
    [[nodiscard]] Result<void> write(std::uint64_t offset, std::uint64_t value) const;

    [[nodiscard]] bool mapped() const noexcept { return mapping_.has_value(); }

private:
    RegionAccess(const Device& device, Region region, std::optional<Mapping> mapping,
                 unsigned width);

    [[nodiscard]] Result<void> require_answer() const;

    Region region_;
    std::optional<Region> configuration_;
    std::optional<Mapping> mapping_;
    unsigned width_;
    mutable bool gave_ones_ = false;  // the load before
};

}  // namespace openbar::cli
