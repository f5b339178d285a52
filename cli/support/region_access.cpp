#include "cli/support/region_access.hpp"

#include "openbar/configuration.hpp"

#include "base/range.hpp"
#include "base/width_access.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::cli {
namespace {

/// `part` grown to the multiples of 8 that a mapping starts and ends at.
Range grown(Range part) {
    const std::uint64_t start = part.offset & ~std::uint64_t{7};
    const std::uint64_t end = part.offset + part.length;
    return {start, end + (8 - end % 8) % 8 - start};
}

Result<void> check(const DeviceInfo& device, const RegionInfo& region, Range part, unsigned width,
                   openbar::Direction direction) {
    return check_access(direction, region, part, width).attempting([&] {
        return describe_access(direction, part, region, device);
    });
}

}  // namespace

Result<RegionAccess> RegionAccess::open(const Device& device, RegionIndex index, Range part,
                                        unsigned width, Direction direction, bool requests) {
    OPENBAR_TRY(region, device.region(index));
    const RegionInfo& info = region.info();
    if (direction != Direction::write) {
        OPENBAR_TRY(readable, check(device.info(), info, part, width, openbar::Direction::read));
    }
    if (direction != Direction::read) {
        OPENBAR_TRY(writable, check(device.info(), info, part, width, openbar::Direction::write));
    }
    const Range window = grown(part);
    const bool mappable = std::ranges::any_of(
        info.mappable, [&](const Range& area) { return lies_within(window, area); });
    // A simulated card answers a request sooner than a trap.
    if (requests || !mappable || !info.emulated.empty())
        return RegionAccess(device, std::move(region), std::nullopt, width);
    OPENBAR_TRY(mapping, device.map(index, {.offset = window.offset,
                                            .length = window.length,
                                            .writable = direction != Direction::read}));
    return RegionAccess(device, std::move(region), std::move(mapping), width);
}

RegionAccess::RegionAccess(const Device& device, Region region, std::optional<Mapping> mapping,
                           unsigned width)
    : region_(std::move(region)), mapping_(std::move(mapping)), width_(width) {
    if (auto configuration = device.region(configuration_region))
        configuration_ = std::move(*configuration);
}

Result<void> RegionAccess::require_answer() const {
    if (!configuration_) return {};
    // Of a virtual function of SR-IOV the ids read as ones, but never command and status.
    const auto ids = configuration_->read<std::uint32_t>(configuration::vendor_id.offset);
    if (ids && *ids != 0xffff'ffff) return {};
    const auto state = configuration_->read<std::uint32_t>(configuration::command.offset);
    if (state && *state != 0xffff'ffff) return {};
    return Error{.code = ErrorCode::removed,
                 .cause = "the device no longer answers: it was removed, or sleeps",
                 .hint = "openbar doctor, with its address, says which"};
}

Result<std::uint64_t> RegionAccess::read(std::uint64_t offset) const {
    if (!mapping_) return region_.read_width(offset, width_);
    const auto value = load_width(mapping_->data() + (offset - mapping_->region_offset()), width_);
    OPENBAR_TRY(status, mapping_->status());
    const bool ones = value == all_ones(width_);
    if (ones && !gave_ones_) {
        OPENBAR_TRY(answer, require_answer().attempting(
                                [&] { return fmt::format("read {}", region_.info().name); }));
    }
    gave_ones_ = ones;
    return value;
}

Result<void> RegionAccess::write(std::uint64_t offset, std::uint64_t value) const {
    if (!mapping_) return region_.write_width(offset, width_, value);
    store_width(mapping_->data() + (offset - mapping_->region_offset()), width_, value);
    return mapping_->status();
}

}  // namespace openbar::cli
