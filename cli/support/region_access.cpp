#include "cli/support/region_access.hpp"

#include "base/width_access.hpp"
#include "device/request_check.hpp"

#include <algorithm>

namespace openbar::cli {
namespace {

bool lies_within(Range part, const Range& area) {
    return part.offset >= area.offset && part.offset - area.offset <= area.length &&
           part.length <= area.length - (part.offset - area.offset);
}

/// `part` grown to the multiples of 8 that a mapping starts and ends at.
Range grown(Range part) {
    const std::uint64_t start = part.offset & ~std::uint64_t{7};
    const std::uint64_t end = part.offset + part.length;
    return {start, end + (8 - end % 8) % 8 - start};
}

Result<void> check(const Device& device, const RegionInfo& region, Range part, unsigned width,
                   Direction direction) {
    std::optional<Error> fault;
    if (direction != Direction::write)
        fault = refuse_access("read", region, device.info(), part, width);
    if (!fault && direction != Direction::read)
        fault = refuse_access("write", region, device.info(), part, width);
    if (fault) return std::unexpected(std::move(*fault));
    return {};
}

}  // namespace

Result<RegionAccess> RegionAccess::open(const Device& device, RegionIndex index, Range part,
                                        unsigned width, Direction direction, bool mediated) {
    auto region = device.region(index);
    if (!region) return std::unexpected(std::move(region).error());
    const RegionInfo& info = region->info();
    if (auto checked = check(device, info, part, width, direction); !checked)
        return std::unexpected(std::move(checked).error());

    const Range window = grown(part);
    const bool mappable = std::ranges::any_of(
        info.mappable, [&](const Range& area) { return lies_within(window, area); });
    if (mediated || !mappable) return RegionAccess(std::move(*region), std::nullopt, width);
    auto mapping = device.map(index, {.offset = window.offset,
                                      .length = window.length,
                                      .writable = direction != Direction::read});
    if (!mapping) return std::unexpected(std::move(mapping).error());
    return RegionAccess(std::move(*region), std::move(*mapping), width);
}

Result<std::uint64_t> RegionAccess::read(std::uint64_t offset) const {
    if (!mapping_) return region_.read_width(offset, width_);
    return load_width(mapping_->data() + (offset - mapping_->region_offset()), width_);
}

Result<void> RegionAccess::write(std::uint64_t offset, std::uint64_t value) const {
    if (!mapping_) return region_.write_width(offset, width_, value);
    store_width(mapping_->data() + (offset - mapping_->region_offset()), width_, value);
    return {};
}

}  // namespace openbar::cli
