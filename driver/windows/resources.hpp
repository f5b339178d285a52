/// What Windows assigned to the device, in the core's terms and in those of its interrupts.
#pragma once

#include "driver/core/device.hpp"
#include "driver/windows/interrupts.hpp"
#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

struct AssignedResources {
    driver::Resources core;
    InterruptResources interrupts;
};

/// From the two lists of IRP_MN_START_DEVICE, which are parallel: `raw` is what the bus sees,
/// `translated` what the processor sees. Both may be null. False: more ranges than a device can
/// have.
bool read_resources(const CM_RESOURCE_LIST* raw, const CM_RESOURCE_LIST* translated,
                    AssignedResources& assigned);

/// Which function of which bus it is, where the bus driver reports it.
void read_location(DEVICE_OBJECT* physical, driver::Resources& resources);

/// The administrator's choices, from the device's hardware key.
driver::Settings read_settings(DEVICE_OBJECT* physical);
/// `DmaAddressBits` there: 64 for a card that drives so many. PCI does not report it.
bool has_wide_addresses(DEVICE_OBJECT* physical);

}  // namespace openbar::windows
