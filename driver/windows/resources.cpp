#include "driver/windows/resources.hpp"

#include "driver/windows/support/registry.hpp"
#include "driver/windows/support/resource_list.hpp"

namespace openbar::windows {
namespace {

using driver::RangeKind;
using driver::ResourceRange;

struct Range {
    bool is_range;
    RangeKind kind;
    std::uint64_t start;
    std::uint64_t length;
    bool prefetchable;
};

std::uint64_t value(PHYSICAL_ADDRESS address) {
    return static_cast<std::uint64_t>(address.QuadPart);
}

/// The length of CmResourceTypeMemoryLarge is kept in units that its flags tell.
std::uint64_t large_length(const CM_PARTIAL_RESOURCE_DESCRIPTOR& resource) {
    const std::uint64_t units = resource.u.Memory.Length;
    if ((resource.Flags & CM_RESOURCE_MEMORY_LARGE_40) != 0) return units << 8;
    if ((resource.Flags & CM_RESOURCE_MEMORY_LARGE_48) != 0) return units << 16;
    if ((resource.Flags & CM_RESOURCE_MEMORY_LARGE_64) != 0) return units << 32;
    return units;
}

Range range_of(const CM_PARTIAL_RESOURCE_DESCRIPTOR& resource) {
    const bool prefetchable = (resource.Flags & CM_RESOURCE_MEMORY_PREFETCHABLE) != 0;
    switch (resource.Type) {
        case CmResourceTypeMemory:
            return {true, RangeKind::memory, value(resource.u.Memory.Start),
                    resource.u.Memory.Length, prefetchable};
        case CmResourceTypeMemoryLarge:
            return {true, RangeKind::memory, value(resource.u.Memory.Start), large_length(resource),
                    prefetchable};
        case CmResourceTypePort:
            return {true, RangeKind::port, value(resource.u.Port.Start), resource.u.Port.Length,
                    false};
        default: return {false, RangeKind::memory, 0, 0, false};
    }
}

void take_interrupt(const CM_PARTIAL_RESOURCE_DESCRIPTOR& raw,
                    const CM_PARTIAL_RESOURCE_DESCRIPTOR& translated,
                    InterruptResources& interrupts) {
    KIRQL level = 0;
    if ((translated.Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0) {
        // MSI is one descriptor with a count, MSI-X one descriptor for each message.
        interrupts.messages += raw.u.MessageInterrupt.Raw.MessageCount;
        level = static_cast<KIRQL>(translated.u.MessageInterrupt.Translated.Level);
    } else {
        interrupts.line = true;
        interrupts.vector = translated.u.Interrupt.Vector;
        interrupts.affinity = translated.u.Interrupt.Affinity;
        interrupts.latched = (translated.Flags & CM_RESOURCE_INTERRUPT_LATCHED) != 0;
        interrupts.shared = translated.ShareDisposition == CmResourceShareShared;
        level = static_cast<KIRQL>(translated.u.Interrupt.Level);
    }
    if (level > interrupts.level) interrupts.level = level;
}

/// Only administrators write there. Null where it cannot be opened.
HANDLE hardware_key(DEVICE_OBJECT* physical) {
    HANDLE key = nullptr;
    if (!NT_SUCCESS(
            IoOpenDeviceRegistryKey(physical, PLUGPLAY_REGKEY_DEVICE, KEY_QUERY_VALUE, &key)))
        return nullptr;
    return key;
}

/// The n-th descriptor of a list, or null.
const CM_PARTIAL_RESOURCE_DESCRIPTOR* nth(const CM_RESOURCE_LIST* list, ULONG wanted) {
    const CM_PARTIAL_RESOURCE_DESCRIPTOR* found = nullptr;
    ULONG index = 0;
    for_each_resource(list, [&](const CM_PARTIAL_RESOURCE_DESCRIPTOR& resource) {
        if (index++ == wanted) found = &resource;
    });
    return found;
}

}  // namespace

bool read_resources(const CM_RESOURCE_LIST* raw, const CM_RESOURCE_LIST* translated,
                    AssignedResources& assigned) {
    ULONG index = 0;
    bool fits = true;
    for_each_resource(translated, [&](const CM_PARTIAL_RESOURCE_DESCRIPTOR& resource) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR* untranslated = nth(raw, index++);
        if (untranslated == nullptr) untranslated = &resource;
        if (resource.Type == CmResourceTypeInterrupt)
            return take_interrupt(*untranslated, resource, assigned.interrupts);
        const Range range = range_of(resource);
        if (!range.is_range) return;
        if (assigned.core.range_count == driver::Resources::max_ranges) {
            fits = false;
            return;
        }
        ResourceRange& next = assigned.core.ranges[assigned.core.range_count++];
        next.kind = range.kind;
        next.prefetchable = range.prefetchable;
        next.raw = range_of(*untranslated).start;
        next.start = range.start;
        next.length = range.length;
    });
    assigned.core.message_interrupts = assigned.interrupts.messages;
    // Edge-triggered lines (ISA) need nothing silenced; the contract does not serve them.
    assigned.core.line_interrupt = assigned.interrupts.line && !assigned.interrupts.latched &&
                                   assigned.interrupts.messages == 0;
    return fits;
}

void read_location(DEVICE_OBJECT* physical, driver::Resources& resources) {
    ULONG bus = 0;
    ULONG address = 0;
    ULONG length = 0;
    if (NT_SUCCESS(
            IoGetDeviceProperty(physical, DevicePropertyBusNumber, sizeof bus, &bus, &length)))
        resources.bus = static_cast<std::uint16_t>(bus);
    // Of a PCI function: the device number in the upper half, the function in the lower.
    if (NT_SUCCESS(IoGetDeviceProperty(physical, DevicePropertyAddress, sizeof address, &address,
                                       &length))) {
        resources.slot = static_cast<std::uint8_t>(address >> 16);
        resources.function = static_cast<std::uint8_t>(address & 0xffff);
    }
}

driver::Settings read_settings(DEVICE_OBJECT* physical) {
    driver::Settings settings;
    const RegistryKey key(hardware_key(physical));
    settings.dma_policy = key.number(literal(L"DmaPolicy"), settings.dma_policy);
    constexpr ULONG absent = 0xffffffff;
    if (const ULONG mebibytes = key.number(literal(L"MaxDmaMiB"), absent); mebibytes != absent)
        settings.max_dma = std::uint64_t{mebibytes} << 20;
    settings.opens_are_restricted = key.number(literal(L"SecurityIsSet"), 0) == 1;
    settings.sleep_when_closed = key.number(literal(L"SleepWhenClosed"), 0) != 0;
    return settings;
}

bool has_wide_addresses(DEVICE_OBJECT* physical) {
    return RegistryKey(hardware_key(physical)).number(literal(L"DmaAddressBits"), 32) == 64;
}

}  // namespace openbar::windows
