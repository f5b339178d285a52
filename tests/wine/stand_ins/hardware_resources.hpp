/// The resources that plug and play assigns: what IRP_MN_START_DEVICE carries.
#pragma once

#include "tests/wine/stand_ins/hardware_kernel.hpp"

namespace openbar::stand_in {

/// As the bus sees them, or as the processor does, which here differs for interrupts only. Valid
/// until the next call.
CM_RESOURCE_LIST* assigned_resources(bool translated);

}  // namespace openbar::stand_in
