// The openbar driver for PCI functions.
#include "driver/windows/function_device.hpp"

namespace openbar::windows {

const driver::DeviceKind device_kind = driver::DeviceKind::pci_function;

}  // namespace openbar::windows
