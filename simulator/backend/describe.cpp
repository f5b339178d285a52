#include "simulator/backend/describe.hpp"

#include "backends/emulated/map_region.hpp"
#include "base/region_name.hpp"
#include "simulator/backend/vector_calls.hpp"

#include <algorithm>

namespace openbar {
namespace {

RegionInfo describe_region(const simulator::RegionDescription& given) {
    RegionInfo region{.index = given.index,
                      .name = region_name(given.index),
                      .size = given.size,
                      .prefetchable = given.prefetchable,
                      .is_64bit = given.is_64bit};
    if (given.port_io) {
        region.kind = RegionKind::port_io;
        region.not_mappable_because = "port I/O has no memory to map";
        return region;
    }
    std::vector<Range> memory;
    for (const auto& part : given.plain) memory.push_back({part.offset, part.length});
    std::ranges::sort(memory, {}, &Range::offset);
    make_mappable(region, std::move(memory));
    return region;
}

std::vector<RegionInfo> describe_regions(const simulator::Card& card) {
    std::vector<RegionInfo> regions;
    for (const auto& given : card.description().regions) regions.push_back(describe_region(given));
    std::ranges::sort(regions, {}, &RegionInfo::index);
    regions.push_back({.index = configuration_region,
                       .name = region_name(configuration_region),
                       .kind = RegionKind::configuration,
                       .size = card.region_size(configuration_region),
                       .not_mappable_because = "the configuration space cannot be mapped"});
    return regions;
}

std::vector<VectorInfo> describe_vectors(simulator::Card& card) {
    std::vector<VectorInfo> vectors;
    for (const auto kind : {InterruptKind::msix, InterruptKind::msi, InterruptKind::intx}) {
        const auto same = VectorCalls::kind_of(kind);
        const std::uint32_t count = card.interrupts().count(same);
        if (count != 0) vectors.push_back({kind, count, simulator::Interrupts::maskable(same)});
    }
    return vectors;
}

Capabilities describe_capabilities(const DeviceInfo& info) {
    Capabilities can;
    can.mapping.offered = std::ranges::any_of(
        info.regions, [](const RegionInfo& region) { return !region.mappable.empty(); });
    if (!can.mapping) can.mapping.why_not = "it has no memory region that can be mapped here";
    can.write_combining.why_not = "a simulated card's memory is ordinary, cached memory";
    can.configuration.offered = true;
    can.interrupts.offered = !info.vectors.empty();
    if (!can.interrupts) can.interrupts.why_not = "the card has no interrupts";
    can.dma.offered = true;
    can.events.offered = true;
    can.reset.offered = true;
    return can;
}

}  // namespace

DeviceInfo describe_card(simulator::Card& card, std::string address) {
    const simulator::Description& given = card.description();
    DeviceInfo info{.address = std::move(address),
                    .backend = BackendKind::sim,
                    .identity = PciIdentity{.vendor = given.vendor,
                                            .device = given.device,
                                            .subsystem_vendor = given.subsystem_vendor,
                                            .subsystem = given.subsystem,
                                            .class_code = given.class_code,
                                            .revision = given.revision},
                    .regions = describe_regions(card),
                    .vectors = describe_vectors(card)};
    info.capabilities = describe_capabilities(info);
    return info;
}

}  // namespace openbar
