// The permit of the drivers under test: the simulated cards, and the ranges of the simulated board.
#include "driver/windows/function_device.hpp"

namespace openbar::windows {

const volatile openbar_permit image_permit{
    OPENBAR_PERMIT_MAGIC,
    sizeof(openbar_permit),
    OPENBAR_PERMIT_DMA_WITHOUT_IOMMU,
    2,
    2,
    {{0x1234, 0x11e8, 0, 0, OPENBAR_ANY_SUBSYSTEM, 0},
     {0x8086, 0x100e, 0, 0, OPENBAR_ANY_SUBSYSTEM, 0}},
    {{OPENBAR_PERMITTED_PORTS, 0, 0, 0xffff}, {OPENBAR_PERMITTED_MEMORY, 0, 0, UINT64_MAX}}};

}  // namespace openbar::windows
