#include "backends/vfio/group_viability.hpp"

namespace openbar::vfio {

bool is_vfio_driver(std::string_view kernel_driver) {
    // Variants are told by their names: older kernels show nothing else of them.
    return kernel_driver.contains("vfio-pci") || kernel_driver.contains("vfio_pci");
}

bool keeps_group_viable(std::string_view kernel_driver) {
    return kernel_driver.empty() || kernel_driver == "pcieport" || kernel_driver == "pci-stub" ||
           is_vfio_driver(kernel_driver);
}

std::vector<PciFunction> functions_in_the_way_of(std::uint32_t group) {
    auto functions = list_pci_functions().value_or(std::vector<PciFunction>());
    std::erase_if(functions, [&](const PciFunction& function) {
        return function.iommu_group != group || keeps_group_viable(function.kernel_driver);
    });
    return functions;
}

}  // namespace openbar::vfio
