/// The lock that keeps two programs off one device where the kernel has none.
#pragma once

#include "openbar/result.hpp"

namespace openbar {

/// Locks the open file `descriptor` for this program, until it is closed. It is an advisory lock
/// (flock): choose a file that only those may open who may use the device, so that nobody else can
/// block it. The kernel lets it go when the program ends, however it ends.
/// Error: busy, which names the process that has it.
[[nodiscard]] Result<void> lock_device(int descriptor);

}  // namespace openbar
