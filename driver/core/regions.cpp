#include "driver/core/regions.hpp"

#include "driver/core/interval.hpp"

namespace openbar::driver {
namespace {

constexpr std::uint32_t bar_slots = 7;  // six BARs and the ROM

void add_mappable(Region& region, std::uint64_t first, std::uint64_t end) {
    if (first >= end || region.mappable_count == OPENBAR_MAX_MAPPABLE) return;
    region.mappable[region.mappable_count++] = {first - region.physical, end - first};
}

// A page that begins before the region or ends behind it holds somebody else's registers, too,
// and a BAR smaller than a page lies in such a page: whoever maps it can reach the neighbour.
// The pages of the MSI-X table are left out, because its writer chooses interrupt messages.
void find_mappable(Region& region, std::uint32_t page) {
    if (region.kind != OPENBAR_REGION_MEMORY) return;
    const std::uint64_t end = region.physical + region.size;
    const std::uint64_t first_page = page_up(region.physical, page);
    const std::uint64_t last_page = page_down(end, page);
    if (first_page != region.physical || last_page != end)
        region.flags |= OPENBAR_REGION_SHARES_PAGES;
    if (region.protected_length == 0) return add_mappable(region, first_page, last_page);
    const std::uint64_t table = region.physical + region.protected_offset;
    const std::uint64_t table_first = page_down(table, page);
    const std::uint64_t table_end = page_up(table + region.protected_length, page);
    add_mappable(region, first_page, table_first < last_page ? table_first : last_page);
    add_mappable(region, table_end > first_page ? table_end : first_page, last_page);
}

Status take_range(const ResourceRange& range, Region& region) {
    if (range.length == 0 || !has_end(range.start, range.length)) return Status::invalid;
    if (range.kind == RangeKind::port && range.start + range.length > 0x10000)
        return Status::invalid;
    region.kind = range.kind == RangeKind::port ? OPENBAR_REGION_PORT : OPENBAR_REGION_MEMORY;
    region.physical = range.start;
    region.size = range.length;
    if (range.prefetchable) region.flags |= OPENBAR_REGION_PREFETCHABLE;
    return Status::ok;
}

Status take_bar(const ResourceRange& range, const Configuration& configuration, std::uint32_t slot,
                Region& region) {
    if (slot < bar_slots - 1 && configuration.bars[slot].is_64bit)
        region.flags |= OPENBAR_REGION_64BIT;
    return take_range(range, region);
}

// Where no BAR holds the address of any range, an address translation lies between. The order is
// then the only thing to go by; nobody is trusted with that where an MSI-X table is at stake.
Status by_order(const Resources& resources, const Configuration& configuration,
                Region (&regions)[OPENBAR_MAX_REGIONS]) {
    if (configuration.msix_count != 0) return Status::device;
    std::uint32_t slot = 0;
    for (std::uint32_t i = 0; i < resources.range_count; ++i) {
        const bool port = resources.ranges[i].kind == RangeKind::port;
        while (slot < bar_slots - 1 &&
               (!configuration.bars[slot].present || configuration.bars[slot].is_port != port))
            ++slot;
        if (slot == bar_slots - 1) return Status::device;
        if (Status status = take_bar(resources.ranges[i], configuration, slot, regions[slot]);
            status != Status::ok)
            return status;
        ++slot;
    }
    return Status::ok;
}

Status by_address(const Resources& resources, const Configuration& configuration,
                  Region (&regions)[OPENBAR_MAX_REGIONS]) {
    std::uint32_t matched = 0;
    for (std::uint32_t i = 0; i < resources.range_count; ++i) {
        const ResourceRange& range = resources.ranges[i];
        for (std::uint32_t slot = 0; slot < bar_slots; ++slot) {
            const Bar& bar = configuration.bars[slot];
            const bool same_kind = bar.is_port == (range.kind == RangeKind::port);
            if (!bar.present || !same_kind || bar.address != range.raw) continue;
            if (regions[slot].kind != OPENBAR_REGION_ABSENT) continue;
            if (Status status = take_bar(range, configuration, slot, regions[slot]);
                status != Status::ok)
                return status;
            ++matched;
            break;
        }
    }
    if (matched == 0 && resources.range_count != 0)
        return by_order(resources, configuration, regions);
    return Status::ok;
}

void protect_msix_table(const Configuration& configuration,
                        Region (&regions)[OPENBAR_MAX_REGIONS]) {
    if (configuration.msix_count == 0 || configuration.msix_bar > 5) return;
    Region& region = regions[configuration.msix_bar];
    const std::uint64_t length = std::uint64_t{configuration.msix_count} * 16;
    if (region.kind != OPENBAR_REGION_MEMORY || configuration.msix_offset >= region.size) return;
    const std::uint64_t room = region.size - configuration.msix_offset;
    region.protected_offset = configuration.msix_offset;
    region.protected_length = length < room ? length : room;
    region.flags |= OPENBAR_REGION_HOLDS_MSIX_TABLE;
}

}  // namespace

Status find_regions(const Resources& resources, const Configuration& configuration,
                    std::uint32_t page_size, Region (&regions)[OPENBAR_MAX_REGIONS]) {
    if (resources.range_count > Resources::max_ranges) return Status::invalid;
    if (resources.kind == DeviceKind::fixed_resources) {
        if (resources.range_count > OPENBAR_MAX_REGIONS) return Status::limit;
        for (std::uint32_t i = 0; i < resources.range_count; ++i)
            if (Status status = take_range(resources.ranges[i], regions[i]); status != Status::ok)
                return status;
    } else {
        if (!configuration.readable) return resources.range_count ? Status::device : Status::ok;
        if (Status status = by_address(resources, configuration, regions); status != Status::ok)
            return status;
        protect_msix_table(configuration, regions);
        Region& space = regions[OPENBAR_REGION_CONFIGURATION];
        space.kind = OPENBAR_REGION_CONFIG;
        space.size = configuration.size;
    }
    for (Region& region : regions) find_mappable(region, page_size);
    return Status::ok;
}

MemoryType type_for(const Region& region, std::uint32_t asked) {
    if (asked == OPENBAR_WRITE_COMBINING && (region.flags & OPENBAR_REGION_PREFETCHABLE) != 0)
        return MemoryType::write_combining;
    return MemoryType::uncached;
}

Status pages_to_map(const Region& region, std::uint64_t offset, std::uint64_t length,
                    std::uint32_t page_size, std::uint64_t& first, std::uint64_t& bytes) {
    if (!within(offset, length, region.size)) return Status::range;
    // The physical address decides where pages begin; its sums are known not to wrap.
    const std::uint64_t begin = page_down(region.physical + offset, page_size);
    const std::uint64_t end = page_up(region.physical + offset + length, page_size);
    for (std::uint32_t i = 0; i < region.mappable_count; ++i) {
        const std::uint64_t part = region.physical + region.mappable[i].offset;
        if (begin < part || end > part + region.mappable[i].length) continue;
        first = begin - region.physical;
        bytes = end - begin;
        return Status::ok;
    }
    return Status::protected_bytes;
}

}  // namespace openbar::driver
