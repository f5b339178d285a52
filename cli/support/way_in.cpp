#include "cli/support/way_in.hpp"

#ifndef _WIN32
#include "backends/vfio/group_viability.hpp"
#endif

namespace openbar::cli {

WayIn way_into(const PciFunction& function) {
    const std::string& driver = function.kernel_driver;
#ifdef _WIN32
    if (driver.starts_with("openbar")) return {"windows", "mapping, interrupts, DMA"};
    return {"-", "nothing: the driver openbar is not installed for it"};
#else
    if (vfio::is_vfio_driver(driver)) return {"vfio", "mapping, interrupts, DMA"};
    if (driver == "uio_pci_generic") return {"uio", "mapping, interrupts of the INTx kind"};
    if (driver.empty()) return {"sysfs", "mapping, no interrupts"};
    return {"config", "only its configuration space: " + driver + " owns the rest"};
#endif
}

}  // namespace openbar::cli
