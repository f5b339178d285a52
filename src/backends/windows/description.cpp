#include "backends/windows/description.hpp"

#include "base/region_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::windows {
namespace {

bool can(const openbar_description& description, openbar_capability capability) {
    return (description.capabilities & capability) != 0;
}

RegionKind kind_of(const openbar_region& region) {
    if (region.kind == OPENBAR_REGION_PORT) return RegionKind::port_io;
    return region.kind == OPENBAR_REGION_CONFIG ? RegionKind::configuration : RegionKind::memory;
}

std::string why_not_mappable(const openbar_region& region) {
    if (region.mappable_count != 0) return {};
    if (region.kind == OPENBAR_REGION_PORT) return "port I/O has no memory to map";
    if (region.kind == OPENBAR_REGION_CONFIG) return "the configuration space cannot be mapped";
    if ((region.flags & OPENBAR_REGION_SHARES_PAGES) != 0)
        return "each of its pages holds registers of something else, too";
    if ((region.flags & OPENBAR_REGION_HOLDS_MSIX_TABLE) != 0)
        return "its pages hold the MSI-X table, which decides where interrupt messages go";
    return "the driver does not map it";
}

std::string why_no_vectors(const openbar_description& description) {
    if (description.vector_count == 0) return "Windows has given the device no interrupt";
    if (description.vector_kind == OPENBAR_VECTOR_MESSAGE)
        return "messages are writes to memory, which DmaPolicy 0 in the device's hardware key "
               "forbids";
    return "its line could not be silenced: it has no interrupt-disable bit that works";
}

}  // namespace

std::optional<PciAddress> address_of(const openbar_description& description) {
    if (!can(description, OPENBAR_IS_PCI)) return std::nullopt;
    return PciAddress{.domain = static_cast<std::uint32_t>(description.bus >> 8),
                      .bus = static_cast<std::uint8_t>(description.bus),
                      .device = description.slot,
                      .function = description.function};
}

std::optional<PciIdentity> identity_of(const openbar_description& description) {
    if (!can(description, OPENBAR_IS_PCI)) return std::nullopt;
    return PciIdentity{.vendor = description.vendor,
                       .device = description.device,
                       .subsystem_vendor = description.subsystem_vendor,
                       .subsystem = description.subsystem,
                       .class_code = description.class_code,
                       .revision = description.revision};
}

std::vector<RegionInfo> regions_of(const openbar_description& description) {
    std::vector<RegionInfo> regions;
    const bool pci = can(description, OPENBAR_IS_PCI);
    for (RegionIndex index = 0; index < OPENBAR_MAX_REGIONS; ++index) {
        const openbar_region& given = description.regions[index];
        if (given.kind == OPENBAR_REGION_ABSENT) continue;
        RegionInfo region{.index = index,
                          .name = pci ? region_name(index) : fmt::format("reg{}", index),
                          .kind = kind_of(given),
                          .size = given.size,
                          .writable = !pci || index != OPENBAR_REGION_ROM,
                          .prefetchable = (given.flags & OPENBAR_REGION_PREFETCHABLE) != 0,
                          .is_64bit = (given.flags & OPENBAR_REGION_64BIT) != 0,
                          .not_mappable_because = why_not_mappable(given)};
        for (unsigned part = 0;
             part < std::min<unsigned>(given.mappable_count, OPENBAR_MAX_MAPPABLE); ++part)
            region.mappable.push_back({given.mappable[part].offset, given.mappable[part].length});
        regions.push_back(std::move(region));
    }
    return regions;
}

std::vector<VectorInfo> vectors_of(const openbar_description& description, bool msix) {
    if (!can(description, OPENBAR_CAN_WAIT) || description.vector_count == 0) return {};
    if (description.vector_kind == OPENBAR_VECTOR_MESSAGE)
        return {{msix ? InterruptKind::msix : InterruptKind::msi, description.vector_count, true}};
    if (!can(description, OPENBAR_CAN_DISABLE_INTX)) return {};
    return {{InterruptKind::intx, description.vector_count, true}};
}

Capabilities capabilities_of(const openbar_description& description) {
    Capabilities offers;
    const auto set = [](Capability& capability, bool offered, std::string why_not) {
        capability.offered = offered;
        if (!offered) capability.why_not = std::move(why_not);
    };
    const auto regions = regions_of(description);
    set(offers.mapping, can(description, OPENBAR_CAN_MAP), "no region of it can be mapped");
    const auto combines = [](const RegionInfo& region) {
        return region.prefetchable && !region.mappable.empty();
    };
    set(offers.write_combining, std::ranges::any_of(regions, combines),
        "the driver maps only prefetchable BARs write-combining, and it has none");
    set(offers.configuration, can(description, OPENBAR_IS_PCI), "the device is not on PCI");
    set(offers.interrupts, !vectors_of(description, false).empty(), why_no_vectors(description));
    set(offers.dma, can(description, OPENBAR_CAN_DMA),
        description.dma_policy == OPENBAR_DMA_ON ? "Windows has no DMA adapter for the device"
                                                 : "it is off");
    if (!offers.dma && description.dma_policy != OPENBAR_DMA_ON)
        offers.dma.hint =
            "an administrator sets DmaPolicy 2 in the device's hardware key: "
            "docs/driver-contract.md";
    set(offers.events, false, "the driver reports no events");
    set(offers.reset, can(description, OPENBAR_CAN_RESET), "it has no function-level reset");
    return offers;
}

MemoryType memory_type_of(std::uint32_t type) {
    switch (type) {
        case OPENBAR_UNCACHED: return MemoryType::uncached;
        case OPENBAR_WRITE_COMBINING: return MemoryType::write_combining;
        case OPENBAR_CACHED: return MemoryType::cached;
        default: return MemoryType::unknown;
    }
}

std::uint32_t contract_type_of(MemoryType type) {
    switch (type) {
        case MemoryType::write_combining: return OPENBAR_WRITE_COMBINING;
        case MemoryType::cached: return OPENBAR_CACHED;
        default: return OPENBAR_UNCACHED;
    }
}

}  // namespace openbar::windows
