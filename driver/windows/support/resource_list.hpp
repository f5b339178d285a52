/// The hardware resources of a device, one after the other.
///
///     for_each_resource(list, [](const CM_PARTIAL_RESOURCE_DESCRIPTOR& resource) { ... });
///
/// Walked by pointer: the lists are declared to end in arrays of one element, and a compiler may
/// believe that. Device-specific data, whose length is in the list, is stepped over.
#pragma once

#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

template <typename Visit>
void for_each_resource(const CM_RESOURCE_LIST* list, Visit&& visit) {
    if (list == nullptr) return;
    const auto* next = reinterpret_cast<const std::uint8_t*>(&list->List[0]);
    for (ULONG full = 0; full < list->Count; ++full) {
        const auto* bus = reinterpret_cast<const CM_FULL_RESOURCE_DESCRIPTOR*>(next);
        const auto* descriptor = &bus->PartialResourceList.PartialDescriptors[0];
        ULONG extra = 0;
        for (ULONG index = 0; index < bus->PartialResourceList.Count; ++index, ++descriptor) {
            if (descriptor->Type == CmResourceTypeDeviceSpecific)
                extra += descriptor->u.DeviceSpecificData.DataSize;
            visit(*descriptor);
        }
        next = reinterpret_cast<const std::uint8_t*>(descriptor) + extra;
    }
}

}  // namespace openbar::windows
