/// Faults that a driver could have, made on purpose: whether the checks of the kernel's rules see
/// them.
#pragma once

#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {

/// One of stand_in_fault; false where this image makes none. In a system thread.
bool commit_fault(DEVICE_OBJECT* device, uint32_t fault);
/// From within the interrupt routine, where STAND_IN_FAULT_INTERRUPT asked for it.
void commit_fault_in_interrupt();

}  // namespace openbar::stand_in
