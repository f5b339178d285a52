// Describes PCI functions from sysfs: Documentation/ABI/testing/sysfs-bus-pci of the Linux kernel.
#include "openbar/pci.hpp"

#include "backends/sysfs/attribute.hpp"
#include "backends/sysfs/pci_directory.hpp"
#include "backends/sysfs/virtual_function.hpp"
#include "base/failure.hpp"
#include "base/region_name.hpp"
#include "base/system_root.hpp"
#include "device/pci_lookup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace openbar {
namespace {

// Flags of the `resource` file's third column: include/linux/ioport.h of the Linux kernel.
constexpr std::uint64_t resource_io = 0x100;
constexpr std::uint64_t resource_memory = 0x200;
constexpr std::uint64_t resource_prefetch = 0x2000;
constexpr std::uint64_t resource_64bit = 0x100000;
constexpr std::uint64_t resource_unset = 0x20000000;

constexpr std::string_view functions_directory = "/sys/bus/pci/devices";

std::vector<RegionInfo> read_regions(const std::string& directory) {
    std::vector<RegionInfo> regions;
    std::istringstream lines(sysfs::read_text(directory + "/resource").value_or(""));
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t flags = 0;
    for (RegionIndex index = 0; index <= rom_region; ++index) {
        if (!(lines >> std::hex >> start >> end >> flags)) break;
        if ((flags & (resource_io | resource_memory)) == 0 || end < start) continue;
        RegionInfo region;
        region.index = index;
        region.name = region_name(index);
        region.kind = (flags & resource_io) != 0 ? RegionKind::port_io : RegionKind::memory;
        region.size = end - start + 1;
        region.writable = index != rom_region;
        region.prefetchable = (flags & resource_prefetch) != 0;
        region.is_64bit = (flags & resource_64bit) != 0;
        region.physical_address = (flags & resource_unset) != 0 ? 0 : start;
        regions.push_back(std::move(region));
    }
    return regions;
}

PciIdentity read_identity(const std::string& directory) {
    const auto number = [&](const char* name) {
        return sysfs::read_number(directory + "/" + name).value_or(0);
    };
    return {.vendor = static_cast<std::uint16_t>(number("vendor")),
            .device = static_cast<std::uint16_t>(number("device")),
            .subsystem_vendor = static_cast<std::uint16_t>(number("subsystem_vendor")),
            .subsystem = static_cast<std::uint16_t>(number("subsystem_device")),
            .class_code = static_cast<std::uint32_t>(number("class")),
            .revision = static_cast<std::uint8_t>(number("revision"))};
}

PciFunction read_function(const PciAddress& address) {
    const std::string directory = sysfs::pci_directory(address);
    PciFunction function{.address = address, .identity = read_identity(directory)};
    function.virtual_function = sysfs::virtual_function_at(directory);
    function.kernel_driver = sysfs::link_target_name(directory + "/driver");
    function.driver_override = sysfs::read_text(directory + "/driver_override").value_or("");
    if (function.driver_override == "(null)") function.driver_override.clear();
    if (const auto group = parse_number(sysfs::link_target_name(directory + "/iommu_group")))
        function.iommu_group = static_cast<std::uint32_t>(*group);
    function.regions = read_regions(directory);
    function.enabled = sysfs::read_number(directory + "/enable").value_or(0) != 0;
    function.power_state = sysfs::read_text(directory + "/power_state").value_or("");
    return function;
}

Result<std::vector<PciFunction>> list_functions() {
    std::error_code error;
    std::filesystem::directory_iterator entries(system_path(functions_directory), error);
    if (error)
        return failure(ErrorCode::unsupported,
                       fmt::format("{}: {}", functions_directory, error.message()),
                       "mount sysfs (mount -t sysfs sysfs /sys) on a machine with PCI");
    std::vector<PciFunction> functions;
    // Functions may come and go meanwhile: the list has what was there.
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
        if (const auto address = PciAddress::parse(entries->path().filename().string()))
            functions.push_back(read_function(*address));
    std::ranges::sort(functions, {}, &PciFunction::address);
    return functions;
}

}  // namespace

std::string sysfs::pci_directory(const PciAddress& address) {
    return fmt::format("{}/{}", system_path(functions_directory), address.to_string());
}

Result<std::vector<PciFunction>> list_pci_functions() {
    return list_functions().attempting([] { return "list PCI functions"; });
}

Result<PciFunction> pci::look_up(const PciAddress& address) {
    if (::access(sysfs::pci_directory(address).c_str(), F_OK) != 0)
        return failure(ErrorCode::not_found, "there is no such PCI function",
                       "openbar list shows all functions");
    return read_function(address);
}

}  // namespace openbar
