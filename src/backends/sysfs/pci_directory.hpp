#pragma once

#include "openbar/address.hpp"

#include <string>

namespace openbar::sysfs {

/// "/sys/bus/pci/devices/0000:00:04.0"
[[nodiscard]] std::string pci_directory(const PciAddress& address);

}  // namespace openbar::sysfs
