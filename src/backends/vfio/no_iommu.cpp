#include "backends/vfio/no_iommu.hpp"

#include "backends/sysfs/attribute.hpp"
#include "backends/sysfs/pci_directory.hpp"
#include "base/system_root.hpp"

#include <filesystem>
#include <system_error>

namespace openbar::vfio {
namespace {

/// Source of the name: drivers/vfio/group.c of the Linux kernel, vfio_noiommu_group_alloc.
bool is_made_by_vfio(const std::string& group_directory) {
    return sysfs::read_text(group_directory + "/name") == "vfio-noiommu";
}

}  // namespace

bool goes_without_iommu() {
    return sysfs::read_text(
               system_path("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode")) == "Y";
}

bool is_without_iommu(const PciAddress& address) {
    return is_made_by_vfio(sysfs::pci_directory(address) + "/iommu_group");
}

std::uint64_t count_iommu_groups() {
    namespace fs = std::filesystem;
    std::uint64_t count = 0;
    std::error_code error;
    fs::directory_iterator groups(system_path("/sys/kernel/iommu_groups"), error);
    for (; !error && groups != fs::directory_iterator(); groups.increment(error))
        if (!is_made_by_vfio(groups->path().string())) ++count;
    return count;
}

}  // namespace openbar::vfio
