/// VFIO's device nodes: a device by its own node, and its memory by iommufd.
#pragma once

#include "backends/vfio/opened_device.hpp"

#include <optional>
#include <string>

namespace openbar::vfio {

/// "/dev/vfio/devices/vfio0", if the kernel has such nodes.
[[nodiscard]] std::optional<std::string> device_node(const PciAddress& address);

/// Through that node. Only called if there is one.
[[nodiscard]] Result<OpenedDevice> open_by_iommufd(const PciFunction& function,
                                                   const std::optional<VfToken>& token);

}  // namespace openbar::vfio
