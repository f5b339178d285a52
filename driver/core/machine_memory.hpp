/// What of the machine a board at fixed addresses may never reach, beside its RAM.
///
///     if (is_the_machines(kernel, range)) return Status::policy;
#pragma once

#include "driver/core/device.hpp"
#include "driver/core/kernel.hpp"

namespace openbar::driver {

/// The range is not empty and does not wrap. Passive, slow.
[[nodiscard]] bool is_the_machines(Kernel& kernel, const ResourceRange& range);

}  // namespace openbar::driver
