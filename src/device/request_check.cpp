#include "device/request_check.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace openbar {
namespace {

bool lies_within(Range part, const RegionInfo& region) {
    return part.length <= region.size && part.offset <= region.size - part.length;
}

Error out_of_range(std::string attempted, const RegionInfo& region, Range part) {
    const bool wraps = part.offset + part.length < part.offset;
    return Error{
        ErrorCode::out_of_range, std::move(attempted),
        wraps ? fmt::format("offset {:#x} and length {:#x} wrap round", part.offset, part.length)
              : fmt::format("bytes {:#x} to {:#x} do not lie within its size of {:#x}", part.offset,
                            part.offset + part.length - 1, region.size),
        fmt::format("keep to offsets below {:#x}", region.size)};
}

}  // namespace

std::string describe_region(const RegionInfo& region, const DeviceInfo& device) {
    return fmt::format("{} of {}", region.name, device.address);
}

std::string describe_attempt(std::string_view verb, const RegionInfo& region,
                             const DeviceInfo& device) {
    return fmt::format("{} {}", verb, describe_region(region, device));
}

std::optional<Error> refuse_access(std::string_view verb, const RegionInfo& region,
                                   const DeviceInfo& device, Range part, unsigned width) {
    const auto refuse = [&](ErrorCode code, std::string cause, std::string hint) {
        return Error{code, describe_attempt(verb, region, device), std::move(cause),
                     std::move(hint)};
    };
    if (width != 1 && width != 2 && width != 4 && width != 8)
        return refuse(ErrorCode::invalid_argument, fmt::format("a width of {} bytes", width),
                      "use 1, 2, 4 or 8 bytes");
    if (part.length % width != 0)
        return refuse(
            ErrorCode::invalid_argument,
            fmt::format("{} bytes are no whole number of {}-byte elements", part.length, width),
            {});
    if (width == 8 && region.kind != RegionKind::memory)
        return refuse(ErrorCode::unsupported,
                      "port I/O and configuration space have no 64-bit accesses",
                      "use two 32-bit accesses");
    const bool writes = verb == "write";
    if (writes && !region.writable && region.kind == RegionKind::configuration)
        return refuse(ErrorCode::permission_denied,
                      "this user may only read the configuration space", "run it as root");
    if (writes ? !region.writable : !region.readable)
        return refuse(ErrorCode::unsupported,
                      writes ? "the region is read-only" : "the region cannot be read", {});
    // Words are made only for errors: they would cost several times what the access does.
    if (!lies_within(part, region))
        return out_of_range(describe_attempt(verb, region, device), region, part);
    if (part.offset % width != 0)
        return refuse(
            ErrorCode::misaligned,
            fmt::format("offset {:#x} is no multiple of the width, {} bytes", part.offset, width),
            fmt::format("use offset {:#x}, or a smaller width", part.offset - part.offset % width));
    return std::nullopt;
}

std::optional<Error> refuse_map(const RegionInfo& region, const DeviceInfo& device, Range part,
                                bool writable) {
    const std::string attempted = describe_attempt("map", region, device);
    if (region.mappable.empty())
        return Error{ErrorCode::unsupported, attempted, region.not_mappable_because,
                     "use request access: Device::region, or --requests"};
    if (!lies_within(part, region)) return out_of_range(attempted, region, part);
    if (part.length == 0) return Error{ErrorCode::invalid_argument, attempted, "an empty part", {}};
    if (part.offset % 8 != 0)
        return Error{ErrorCode::misaligned, attempted,
                     fmt::format("offset {:#x} is no multiple of 8", part.offset),
                     fmt::format("map from {:#x} on", part.offset & ~std::uint64_t{7})};
    if (writable && !region.writable)
        return Error{ErrorCode::unsupported, attempted, "the region is read-only",
                     "map it with writable = false"};
    const auto holds = [&](const Range& area) {
        return part.offset >= area.offset && part.offset - area.offset <= area.length &&
               part.length <= area.length - (part.offset - area.offset);
    };
    if (std::ranges::any_of(region.mappable, holds)) return std::nullopt;
    std::vector<std::string> areas;
    for (const Range& area : region.mappable)
        areas.push_back(fmt::format("{:#x}+{:#x}", area.offset, area.length));
    return Error{ErrorCode::unsupported, attempted,
                 fmt::format("only these parts can be mapped: {}", fmt::join(areas, ", ")),
                 "map one of them, and use request access for the rest"};
}

Error not_offered(const Capability& capability, std::string attempted) {
    return failure(ErrorCode::unsupported, std::move(attempted), capability.why_not,
                   capability.hint);
}

}  // namespace openbar
