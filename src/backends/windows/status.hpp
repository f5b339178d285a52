/// What the driver and Windows answer, as `Error`.
#pragma once

#include "openbar/result.hpp"

#include "driver/interface/openbar_ioctl.h"

#include <string>

namespace openbar::windows {

/// GetLastError's number, without windows.h.
using SystemError = unsigned long;

/// A status of the driver's contract, by its one table, OPENBAR_STATUSES.
[[nodiscard]] Error status_failure(openbar_status status);

/// A request to the driver that failed: the same table, by what GetLastError gives for each status.
[[nodiscard]] Error request_failure(SystemError error);

/// Any other call of Windows': the cause reads "subject: Access denied."
[[nodiscard]] Error windows_failure(SystemError error, const std::string& subject,
                                    std::string hint = {});

}  // namespace openbar::windows
