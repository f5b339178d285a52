#include "backends/sysfs/better_driver.hpp"

#include <fmt/format.h>

namespace openbar::sysfs {

// Source of the codes: PCI Local Bus Specification 3.0, appendix D, base class 06h.
bool is_bridge(const PciFunction& function) noexcept {
    const std::uint32_t base_and_sub = function.identity.class_code >> 8;
    return base_and_sub == 0x0604 || base_and_sub == 0x0607 || base_and_sub == 0x0609;
}

std::string command_that_binds_better(const PciFunction& function) {
    if (is_bridge(function)) return {};
    return fmt::format("openbar bind {} {}", function.address.to_string(),
                       function.iommu_group ? "vfio-pci" : "uio_pci_generic");
}

}  // namespace openbar::sysfs
