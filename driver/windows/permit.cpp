// The permit of a driver as it is built: for nothing.
#include "driver/windows/function_device.hpp"

namespace openbar::windows {

const volatile openbar_permit image_permit{
    OPENBAR_PERMIT_MAGIC, sizeof(openbar_permit), 0, 0, 0, {}, {}};

}  // namespace openbar::windows
