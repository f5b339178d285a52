// What regions the device has, and mapping them.
#include "base/failure.hpp"
#include "base/page.hpp"
#include "base/range.hpp"
#include "vfio_user/client_implementation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::vfio_user {

Result<KnownRegion> Client::Implementation::ask_region(RegionIndex index) {
    // The descriptors come only with a reply that has room for everything.
    std::uint32_t room = 4096;
    constexpr std::uint32_t most_room = 64 * 1024;
    for (;;) {
        const protocol::RegionInfo request{.argsz = room, .index = index};
        Connection::Turn turn(connection);
        OPENBAR_TRY(reply, turn.exchange(protocol::Command::get_region_info, {{part_of(request)}}));
        const std::uint32_t wanted = size_wanted(*reply);
        if (wanted > most_room) {
            return lie(fmt::format("it wants to describe it in {} bytes", wanted));
        }
        if (wanted > room) {
            room = wanted;
            continue;
        }
        auto region = understand_region(index, *reply);
        if (!region) return connection.give_up(std::move(region).error());
        return region;
    }
}

Result<const KnownRegion*> Client::Implementation::known_region(RegionIndex index) {
    if (index >= regions_.size()) {
        return failure(ErrorCode::not_found,
                       fmt::format("the device has {} regions", regions_.size()));
    }
    if (const auto* known = regions_[index].load(std::memory_order_acquire)) return known;
    const MutexLock lock(filling_);
    if (const auto* known = regions_[index].load(std::memory_order_relaxed)) return known;
    OPENBAR_TRY(region, ask_region(index).attempting([] { return "ask what the region is"; }));
    const auto& owned =
        owned_regions_.emplace_back(std::make_unique<const KnownRegion>(std::move(region)));
    regions_[index].store(owned.get(), std::memory_order_release);
    return owned.get();
}

Result<MappedArea::Implementation::Request> Client::Implementation::area_request(RegionIndex index,
                                                                                 Range range,
                                                                                 bool writable) {
    OPENBAR_TRY(known, known_region(index));
    const KnownRegion& region = *known;
    const auto& areas = region.details.mappable;
    if (areas.empty()) {
        return failure(ErrorCode::unsupported, region.details.not_mappable_because);
    }
    const auto area = std::ranges::find_if(
        areas, [&](const Range& candidate) { return lies_within(range, candidate); });
    if (area == areas.end() || range.length == 0) {
        return failure(ErrorCode::out_of_range,
                       "it does not lie within one of the region's mappable parts");
    }
    if (range.offset % page_size() != 0 ||
        (range.length % page_size() != 0 && range.offset + range.length != region.details.size)) {
        return failure(ErrorCode::misaligned,
                       fmt::format("offset and length must be multiples of {:#x}", page_size()));
    }
    const auto number =
        region.descriptors.size() == 1 ? 0 : static_cast<std::size_t>(area - areas.begin());
    return MappedArea::Implementation::Request{
        .descriptor = region.descriptors[number].get(),
        .offset = static_cast<off_t>(region.file_offset + range.offset),
        .length = static_cast<std::size_t>(range.length),
        .readable = region.details.readable,
        .writable = writable && region.details.writable,
        .allow_unsealed = options.map_unsealed,
        .server = connection.name(),
        .region = index};
}

Result<std::unique_ptr<MappedArea::Implementation>> Client::Implementation::map(RegionIndex index,
                                                                                Range range,
                                                                                bool writable) {
    OPENBAR_TRY(request, area_request(index, range, writable));
    return MappedArea::Implementation::map(request);
}

Result<void> Client::Implementation::map_at(std::byte* place, RegionIndex index, Range range,
                                            bool writable) {
    OPENBAR_TRY(request, area_request(index, range, writable));
    // Nobody watches over a part of somebody else's mapping.
    request.allow_unsealed = false;
    return MappedArea::Implementation::map_at(place, request);
}

Result<void> Client::Implementation::reset() {
    if (!device.can_reset) return failure(ErrorCode::unsupported, "its server offers no reset");
    Connection::Turn turn(connection);
    OPENBAR_TRY(reply, turn.exchange(protocol::Command::device_reset, {}));
    return {};
}

}  // namespace openbar::vfio_user
