#include "vfio_user/region_reply.hpp"

#include "base/failure.hpp"
#include "base/page.hpp"
#include "base/range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace openbar::vfio_user {
namespace {

struct Area {
    Range range;
    std::size_t place = 0;  // in the order that the server sent
};

struct Found {
    std::optional<std::vector<Area>> areas;
    std::optional<protocol::RegionType> type;
};

Error malformed(std::string cause) {
    return failure(ErrorCode::protocol, std::move(cause));
}

template <typename T>
bool get_at(std::span<const std::byte> payload, std::size_t offset, T& structure) {
    if (!lies_within({offset, sizeof(T)}, payload.size())) return false;
    std::memcpy(&structure, payload.data() + offset, sizeof(T));
    return true;
}

Result<std::vector<Area>> sparse_areas(std::span<const std::byte> payload, std::size_t offset) {
    protocol::SparseMmap sparse;
    if (!get_at(payload, offset, sparse)) return malformed("its list of areas is cut off");
    offset += sizeof sparse;
    if (sparse.areas > (payload.size() - offset) / sizeof(protocol::SparseArea)) {
        return malformed(
            fmt::format("it announces {} mappable areas and lists fewer", sparse.areas));
    }
    std::vector<Area> areas;
    for (std::size_t i = 0; i < sparse.areas; ++i) {
        protocol::SparseArea area;
        if (!get_at(payload, offset + i * sizeof area, area)) break;  // counted above
        areas.push_back({{area.offset, area.size}, i});
    }
    return areas;
}

Result<Found> walk_capabilities(std::span<const std::byte> payload, std::uint32_t first) {
    Found found;
    std::uint32_t offset = first;
    std::uint32_t end_of_last = sizeof(protocol::RegionInfo);
    while (offset != 0) {
        protocol::CapabilityHeader header;
        if (offset < end_of_last || !get_at(payload, offset, header)) {
            return malformed(fmt::format(
                "its list of capabilities goes on at {:#x}, which is no place for one", offset));
        }
        end_of_last = offset + static_cast<std::uint32_t>(sizeof header);
        if (header.id == protocol::capability_sparse_mmap) {
            OPENBAR_TRY(areas, sparse_areas(payload, end_of_last));
            found.areas = std::move(areas);
        } else if (header.id == protocol::capability_type) {
            protocol::RegionType type;
            if (!get_at(payload, end_of_last, type)) return malformed("its type is cut off");
            found.type = type;
        }
        offset = header.next;
    }
    return found;
}

Result<void> check_areas(const std::vector<Area>& sorted, std::uint64_t size,
                         std::uint64_t file_offset) {
    std::uint64_t end = 0;
    for (const auto& [range, place] : sorted) {
        const auto malformed_area = [&](std::string_view fault) {
            return malformed(fmt::format("mappable area {} ({:#x} bytes at {:#x}) {}", place,
                                         range.length, range.offset, fault));
        };
        if (range.length == 0) return malformed_area("is empty");
        if (!lies_within(range, size))
            return malformed_area(fmt::format("lies outside the region of {:#x} bytes", size));
        if (range.offset < end) return malformed_area("overlaps another");
        end = range.offset + range.length;
        if (range.offset % page_size() != 0 || file_offset % page_size() != 0 ||
            (range.length % page_size() != 0 && end != size))
            return malformed_area("is not made of whole pages");
    }
    if (!lies_within({file_offset, end}, INT64_MAX))
        return malformed(fmt::format("its file offset {:#x} is beyond any file", file_offset));
    return {};
}

/// Fills in what can be mapped, and by which descriptor.
Result<void> understand_areas(KnownRegion& region, std::vector<Area> areas,
                              Descriptors& descriptors) {
    const std::size_t announced = areas.size();
    std::ranges::sort(areas, {}, [](const Area& area) { return area.range.offset; });
    OPENBAR_TRY(checked, check_areas(areas, region.details.size, region.file_offset));
    if (areas.empty()) {
        region.details.not_mappable_because = "the server lends no part of it";
        return {};
    }
    if (descriptors.size() == 0) {
        region.details.not_mappable_because = "the server sent no descriptor to map it by";
        return {};
    }
    if (descriptors.size() != 1 && descriptors.size() != announced) {
        return malformed(fmt::format("{} descriptors came for {} mappable areas",
                                     descriptors.size(), announced));
    }
    for (const auto& [range, place] : areas) {
        region.details.mappable.push_back(range);
        if (descriptors.size() > 1) {
            region.descriptors.push_back(descriptors.take(place));
        }
    }
    if (descriptors.size() == 1) region.descriptors.push_back(descriptors.take(0));
    return {};
}

}  // namespace

std::uint32_t size_wanted(const Message& reply) noexcept {
    protocol::RegionInfo info;
    return reply.get(info) ? info.argsz : 0;
}

Result<KnownRegion> understand_region(RegionIndex index, Message& reply) {
    protocol::RegionInfo info;
    if (!reply.get(info)) {
        return malformed(
            fmt::format("the reply has {} bytes of at least 32", reply.payload.size()));
    }
    if (info.index != index) {
        return malformed(fmt::format("the reply is about region {}", info.index));
    }
    KnownRegion region;
    region.details.index = index;
    region.details.size = info.size;
    region.details.readable = (info.flags & protocol::region_read) != 0;
    region.details.writable = (info.flags & protocol::region_write) != 0;
    region.file_offset = info.offset;
    Found found;
    if ((info.flags & protocol::region_capabilities) != 0) {
        OPENBAR_TRY(walked, walk_capabilities(reply.payload, info.capabilities));
        found = std::move(walked);
    }
    if (found.type) {
        region.details.type = found.type->type;
        region.details.subtype = found.type->subtype;
    }
    if ((info.flags & protocol::region_mmap) == 0 || info.size == 0) {
        region.details.not_mappable_because = "the server serves it by messages only";
        return region;
    }
    std::vector<Area> areas =
        found.areas ? std::move(*found.areas) : std::vector<Area>{{{0, info.size}, 0}};
    OPENBAR_TRY(understood, understand_areas(region, std::move(areas), reply.descriptors));
    return region;
}

}  // namespace openbar::vfio_user
