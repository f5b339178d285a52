#include "openbar/device.hpp"

#include "openbar/configuration.hpp"

#include "base/failure.hpp"
#include "base/range.hpp"
#include "base/region_name.hpp"
#include "device/backend.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace openbar {
namespace {

/// "bar0 of 0000:00:04.0", be there such a region or not.
std::string name_of_region(const DeviceInfo& device, RegionIndex index) {
    const auto found = std::ranges::find(device.regions, index, &RegionInfo::index);
    return found != device.regions.end()
               ? describe_region(*found, device)
               : fmt::format("{} of {}", region_name(index), device.address);
}

std::string describe_map(const DeviceInfo& device, RegionIndex index, const MapOptions& options) {
    const std::string name = name_of_region(device, index);
    if (options.length != 0)
        return fmt::format("map {:#x} bytes at {:#x} of {}", options.length, options.offset, name);
    return options.offset == 0 ? fmt::format("map {}", name)
                               : fmt::format("map {} from {:#x} on", name, options.offset);
}

Result<std::unique_ptr<InterruptSource>> enable(Backend& backend, InterruptKind kind,
                                                std::uint32_t index) {
    const auto& vectors = backend.info().vectors;
    const Capability& interrupts = backend.info().capabilities.interrupts;
    if (vectors.empty() && !interrupts) return not_offered(interrupts);
    const auto found = std::ranges::find(vectors, kind, &VectorInfo::kind);
    if (found == vectors.end())
        return failure(ErrorCode::not_found,
                       fmt::format("it has no {} interrupts here", to_string(kind)),
                       "openbar info shows the kinds that it has");
    if (index >= found->count)
        return failure(ErrorCode::not_found, fmt::format("it has {} of that kind", found->count),
                       found->count == 1 ? std::string("use vector 0")
                                         : fmt::format("use 0 to {}", found->count - 1));
    return backend.enable(kind, index);
}

}  // namespace

const DeviceInfo& Device::info() const noexcept {
    return backend_->info();
}

Result<Region> Device::region(RegionIndex index) const {
    return find_region(info(), index)
        .transform([&](const RegionInfo* region) { return Region(backend_, region); })
        .attempting([&] { return fmt::format("find {}", name_of_region(info(), index)); });
}

Result<Registers> Device::registers(RegionIndex index, MapOptions options) const {
    OPENBAR_TRY(handle, region(index));
    // Where an access traps a request costs less.
    const std::vector<Range> parts = handle.info().emulated.empty()
                                         ? handle.info().mappable
                                         : all_but(handle.info().emulated, handle.info().size);
    if (parts.empty()) return Registers(std::move(handle));
    // Without a wish for a part: the largest one.
    if (options.offset == 0 && options.length == 0) {
        const Range& part = *std::ranges::max_element(parts, {}, &Range::length);
        options.offset = part.offset;
        options.length = part.length;
    }
    auto mapping = map(index, options);
    if (mapping) return Registers(std::move(handle), *std::move(mapping));
    if (mapping.error().code != ErrorCode::unsupported) return std::move(mapping).error();
    return Registers(std::move(handle));
}

Result<Mapping> Device::map(RegionIndex index, MapOptions options) const {
    const auto map_region = [&](const RegionInfo* region) -> Result<Mapping> {
        Range part{options.offset, options.length};
        if (part.length == 0 && part.offset < region->size)
            part.length = region->size - part.offset;
        OPENBAR_TRY(checked, check_map(*region, part, options.writable));
        OPENBAR_TRY(memory, backend_->map(*region, part, options.memory_type, options.writable));
        return Mapping(memory.base, part.length, part.offset, memory.granted,
                       std::move(memory.owner), memory.loss);
    };
    return find_region(info(), index).and_then(map_region).attempting([&] {
        return describe_map(info(), index, options);
    });
}

Result<Interrupt> Device::vector(std::uint32_t index) const {
    if (!info().vectors.empty()) return vector(info().vectors.front().kind, index);
    const auto refuse = [&]() -> Result<Interrupt> {
        const Capability& interrupts = info().capabilities.interrupts;
        if (!interrupts.why_not.empty()) return not_offered(interrupts);
        return failure(ErrorCode::unsupported, "the device has no interrupts", interrupts.hint);
    };
    return refuse().attempting(
        [&] { return fmt::format("enable vector {} of {}", index, info().address); });
}

Result<Interrupt> Device::vector(InterruptKind kind, std::uint32_t index) const {
    return enable(*backend_, kind, index)
        .transform(
            [](std::unique_ptr<InterruptSource> source) { return Interrupt(std::move(source)); })
        .attempting([&] {
            return fmt::format("enable {} vector {} of {}", to_string(kind), index, info().address);
        });
}

Result<std::unique_ptr<EventSource>> Backend::events() {
    return not_offered(info().capabilities.events);
}

Result<Events> Device::events() const {
    return backend_->events()
        .transform([](std::unique_ptr<EventSource> source) { return Events(std::move(source)); })
        .attempting([&] { return fmt::format("watch for events of {}", info().address); });
}

Result<void> Backend::reset_bus() {
    return failure(
        ErrorCode::unsupported, "only vfio resets a whole bus",
        info().pci ? fmt::format("openbar bind {} vfio-pci", info().pci->to_string()) : "");
}

Result<Configuration> Device::configuration() const {
    return region(configuration_region).transform([](Region region) {
        return Configuration(std::move(region));
    });
}

Result<void> Device::set_bus_master(bool enabled) const {
    return backend_->set_bus_master(enabled).attempting([&] {
        return fmt::format("switch bus mastering of {} {}", info().address, enabled ? "on" : "off");
    });
}

Result<void> Device::reset() const {
    return backend_->reset().attempting([&] { return fmt::format("reset {}", info().address); });
}
Result<void> Device::reset_bus() const {
    return backend_->reset_bus().attempting(
        [&] { return fmt::format("reset the bus of {}", info().address); });
}

}  // namespace openbar
