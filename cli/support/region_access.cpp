#include "cli/support/region_access.hpp"

#include "openbar/configuration.hpp"

#include "base/failure.hpp"
#include "base/width_access.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

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
    if (fault) return std::move(*fault);
    return {};
}

}  // namespace

Result<RegionAccess> RegionAccess::open(const Device& device, RegionIndex index, Range part,
                                        unsigned width, Direction direction, bool requests) {
    auto region = device.region(index);
    if (!region) return std::move(region).error();
    const RegionInfo& info = region->info();
    if (auto checked = check(device, info, part, width, direction); !checked)
        return std::move(checked).error();

    const Range window = grown(part);
    const bool mappable = std::ranges::any_of(
        info.mappable, [&](const Range& area) { return lies_within(window, area); });
    if (requests || !mappable) return RegionAccess(device, std::move(*region), std::nullopt, width);
    auto mapping = device.map(index, {.offset = window.offset,
                                      .length = window.length,
                                      .writable = direction != Direction::read});
    if (!mapping) return std::move(mapping).error();
    return RegionAccess(device, std::move(*region), std::move(*mapping), width);
}

RegionAccess::RegionAccess(const Device& device, Region region, std::optional<Mapping> mapping,
                           unsigned width)
    : region_(std::move(region)), mapping_(std::move(mapping)), width_(width) {
    if (auto configuration = device.region(configuration_region))
        configuration_ = std::move(*configuration);
}

Result<void> RegionAccess::require_answer() const {
    if (!configuration_) return {};
    const auto vendor = configuration_->read<std::uint16_t>(configuration::vendor_id.offset);
    if (vendor && *vendor != 0xffff) return {};
    return failure(ErrorCode::removed, fmt::format("read {}", region_.info().name),
                   "the device no longer answers: it was removed, or sleeps",
                   "openbar doctor, with its address, says which");
}

Result<std::uint64_t> RegionAccess::read(std::uint64_t offset) const {
    if (!mapping_) return region_.read_width(offset, width_);
    const auto value = load_width(mapping_->data() + (offset - mapping_->region_offset()), width_);
    if (auto status = mapping_->status(); !status) return status.error();
    const bool ones = value == all_ones(width_);
    if (ones && !gave_ones_)
        if (auto answer = require_answer(); !answer) return answer.error();
    gave_ones_ = ones;
    return value;
}

Result<void> RegionAccess::write(std::uint64_t offset, std::uint64_t value) const {
    if (!mapping_) return region_.write_width(offset, width_, value);
    store_width(mapping_->data() + (offset - mapping_->region_offset()), width_, value);
    return mapping_->status();
}

}  // namespace openbar::cli
