/// The back end over openbar.sys: adapts the contract of driver/interface/openbar_ioctl.h.
#pragma once

#include "backends/windows/device_interfaces.hpp"
#include "device/backend.hpp"

#include <memory>
#include <string>

namespace openbar::windows {

/// `device` is one that the driver serves.
[[nodiscard]] Result<std::shared_ptr<Backend>> open_backend(const InstalledDevice& device,
                                                            std::string address,
                                                            OpenOptions options);

}  // namespace openbar::windows
