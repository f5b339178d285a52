#include "base/region_name.hpp"

#include <fmt/format.h>

namespace openbar {

std::string region_name(RegionIndex index) {
    if (index < rom_region) return fmt::format("bar{}", index);
    if (index == rom_region) return "rom";
    if (index == configuration_region) return "config";
    if (index == 8) return "vga";  // VFIO_PCI_VGA_REGION_INDEX
    return fmt::format("region {}", index);
}

}  // namespace openbar
