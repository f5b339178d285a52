// Its sibling for hardware whose addresses are in an INF (LogConfig).
#include "driver/windows/function_device.hpp"

namespace openbar::windows {

const driver::DeviceKind device_kind = driver::DeviceKind::fixed_resources;

}  // namespace openbar::windows
