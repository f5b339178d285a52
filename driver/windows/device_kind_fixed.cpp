// Its sibling for hardware whose addresses an INF tells (LogConfig).
#include "driver/windows/function_device.hpp"

namespace openbar::windows {

const driver::DeviceKind device_kind = driver::DeviceKind::fixed_resources;

}  // namespace openbar::windows
