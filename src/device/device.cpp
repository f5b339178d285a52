#include "openbar/device.hpp"

#include "openbar/configuration.hpp"

#include "base/failure.hpp"
#include "base/region_name.hpp"
#include "base/then.hpp"
#include "device/backend.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace openbar {
namespace {

Result<const RegionInfo*> find_region(const DeviceInfo& device, RegionIndex index) {
    const auto found = std::ranges::find(device.regions, index, &RegionInfo::index);
    if (found != device.regions.end()) return &*found;
    std::vector<std::string> names;
    for (const RegionInfo& region : device.regions) names.push_back(region.name);
    return failure(
        ErrorCode::not_found, fmt::format("find {} of {}", region_name(index), device.address),
        "the device has no such region",
        names.empty() ? std::string() : fmt::format("it has {}", fmt::join(names, ", ")));
}

}  // namespace

const DeviceInfo& Device::info() const noexcept {
    return backend_->info();
}

Result<Region> Device::region(RegionIndex index) const {
    return then(find_region(info(), index),
                [&](const RegionInfo* region) { return Region(backend_, region); });
}

Result<Registers> Device::registers(RegionIndex index, MapOptions options) const {
    OPENBAR_TRY(handle, region(index));
    // Without a wish for a part: the largest one that can be mapped.
    if (options.offset == 0 && options.length == 0 && !handle.info().mappable.empty()) {
        const Range& part = *std::ranges::max_element(handle.info().mappable, {}, &Range::length);
        options.offset = part.offset;
        options.length = part.length;
    }
    auto mapping = map(index, options);
    if (mapping) return Registers(std::move(handle), *std::move(mapping));
    if (mapping.error().code != ErrorCode::unsupported) return std::move(mapping).error();
    return Registers(std::move(handle));
}

Result<Mapping> Device::map(RegionIndex index, MapOptions options) const {
    const auto region = find_region(info(), index);
    if (!region) return region.error();
    const RegionInfo& what = **region;
    Range part{options.offset, options.length};
    if (part.length == 0 && part.offset < what.size) part.length = what.size - part.offset;
    if (auto fault = refuse_map(what, info(), part, options.writable)) return std::move(*fault);
    return then(backend_->map(what, part, options.memory_type, options.writable),
                [&](MappedMemory memory) {
                    return Mapping(memory.base, part.length, part.offset, memory.granted,
                                   std::move(memory.owner), memory.loss);
                });
}

Result<Interrupt> Device::vector(std::uint32_t index) const {
    if (!info().vectors.empty()) return vector(info().vectors.front().kind, index);
    const Capability& interrupts = info().capabilities.interrupts;
    return failure(ErrorCode::unsupported,
                   fmt::format("enable vector {} of {}", index, info().address),
                   interrupts.why_not.empty() ? "the device has no interrupts" : interrupts.why_not,
                   interrupts.hint);
}

Result<Interrupt> Device::vector(InterruptKind kind, std::uint32_t index) const {
    const std::string attempted =
        fmt::format("enable {} vector {} of {}", to_string(kind), index, info().address);
    const auto& vectors = info().vectors;
    if (vectors.empty() && !info().capabilities.interrupts)
        return not_offered(info().capabilities.interrupts, attempted);
    const auto found = std::ranges::find(vectors, kind, &VectorInfo::kind);
    if (found == vectors.end())
        return failure(ErrorCode::not_found, attempted,
                       fmt::format("it has no {} interrupts here", to_string(kind)),
                       "openbar info shows the kinds that it has");
    if (index >= found->count)
        return failure(ErrorCode::not_found, attempted,
                       fmt::format("it has {} of that kind", found->count),
                       found->count == 1 ? std::string("use vector 0")
                                         : fmt::format("use 0 to {}", found->count - 1));
    return then(backend_->enable(kind, index), [](std::unique_ptr<InterruptSource> source) {
        return Interrupt(std::move(source));
    });
}

Result<Configuration> Device::configuration() const {
    return then(region(configuration_region),
                [](Region region) { return Configuration(std::move(region)); });
}

Result<void> Device::set_bus_master(bool enabled) const {
    return backend_->set_bus_master(enabled);
}

Result<void> Device::reset() const {
    return backend_->reset();
}

}  // namespace openbar
