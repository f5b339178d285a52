#include "device/request_check.hpp"

#include "base/failure.hpp"
#include "base/range.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace openbar {
namespace {

Error out_of_range(const RegionInfo& region, Range part) {
    return failure(ErrorCode::out_of_range,
                   wraps(part)
                       ? "offset and length wrap round"
                       : fmt::format("the bytes do not lie within its size of {:#x}", region.size),
                   fmt::format("keep to offsets below {:#x}", region.size));
}

}  // namespace

std::string describe_region(const RegionInfo& region, const DeviceInfo& device) {
    return fmt::format("{} of {}", region.name, device.address);
}

std::string describe_access(Direction direction, Range part, const RegionInfo& region,
                            const DeviceInfo& device) {
    return fmt::format("{} {} bytes at {:#x} of {}",
                       direction == Direction::read ? "read" : "write", part.length, part.offset,
                       describe_region(region, device));
}

Result<void> check_access(Direction direction, const RegionInfo& region, Range part,
                          unsigned width) {
    if (width != 1 && width != 2 && width != 4 && width != 8)
        return failure(ErrorCode::invalid_argument, fmt::format("invalid width {}", width),
                       "use 1, 2, 4 or 8 bytes");
    if (part.length % width != 0)
        return failure(ErrorCode::invalid_argument,
                       fmt::format("the size is not a multiple of the width, {}", width));
    if (width == 8 && region.kind != RegionKind::memory)
        return failure(ErrorCode::unsupported,
                       "port I/O and configuration space have no 64-bit accesses",
                       "use two 32-bit accesses");
    const bool writes = direction == Direction::write;
    if (writes && !region.writable && region.kind == RegionKind::configuration)
        return failure(ErrorCode::permission_denied,
                       "this user may only read the configuration space", "run it as root");
    if (writes ? !region.writable : !region.readable)
        return failure(ErrorCode::unsupported,
                       writes ? "the region is read-only" : "the region cannot be read");
    if (!lies_within(part, region.size)) return out_of_range(region, part);
    if (part.offset % width != 0)
        return failure(
            ErrorCode::misaligned,
            fmt::format("offset {:#x} is not a multiple of the width, {}", part.offset, width),
            fmt::format("use offset {:#x}, or a smaller width", part.offset - part.offset % width));
    return {};
}

Result<void> check_map(const RegionInfo& region, Range part, bool writable) {
    if (region.mappable.empty())
        return failure(ErrorCode::unsupported, region.not_mappable_because,
                       "use request access: Device::region, or --requests");
    if (!lies_within(part, region.size)) return out_of_range(region, part);
    if (part.length == 0) return failure(ErrorCode::invalid_argument, "an empty part");
    if (part.offset % 8 != 0)
        return failure(ErrorCode::misaligned,
                       fmt::format("offset {:#x} is not a multiple of 8", part.offset),
                       fmt::format("map from {:#x} on", part.offset & ~std::uint64_t{7}));
    if (writable && !region.writable)
        return failure(ErrorCode::unsupported, "the region is read-only",
                       "map it with writable = false");
    const auto holds = [&](const Range& area) { return lies_within(part, area); };
    if (std::ranges::any_of(region.mappable, holds)) return {};
    std::vector<std::string> areas;
    for (const Range& area : region.mappable)
        areas.push_back(fmt::format("{:#x}+{:#x}", area.offset, area.length));
    return failure(ErrorCode::unsupported,
                   fmt::format("only these parts can be mapped: {}", fmt::join(areas, ", ")),
                   "map one of them, and use request access for the rest");
}

Result<const RegionInfo*> find_region(const DeviceInfo& device, RegionIndex index) {
    const auto found = std::ranges::find(device.regions, index, &RegionInfo::index);
    if (found != device.regions.end()) return &*found;
    std::vector<std::string> names;
    for (const RegionInfo& region : device.regions) names.push_back(region.name);
    return failure(
        ErrorCode::not_found, "the device has no such region",
        names.empty() ? std::string() : fmt::format("it has {}", fmt::join(names, ", ")));
}

Error not_offered(const Capability& capability) {
    return failure(ErrorCode::unsupported, capability.why_not, capability.hint);
}

Result<void> require_no_vf_token(const OpenOptions& options) {
    if (!options.vf_token) return {};
    return failure(ErrorCode::unsupported, "a VF token needs VFIO",
                   "open it without a token; or, if it is a virtual function, bind it to vfio-pci");
}

}  // namespace openbar
