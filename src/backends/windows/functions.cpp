// PCI functions as the registry has them; those that openbar.sys serves, as it describes them.
#include "openbar/pci.hpp"

#include "backends/windows/description.hpp"
#include "backends/windows/device_interfaces.hpp"
#include "backends/windows/driver_handle.hpp"
#include "base/failure.hpp"
#include "device/pci_lookup.hpp"

#include <algorithm>
#include <map>

namespace openbar {
namespace {

using windows::InstalledDevice;

/// Nothing where the driver does not tell, or the device is no PCI function.
std::optional<PciFunction> ask_driver(const InstalledDevice& device) {
    const auto description = windows::DriverHandle::look_at(device.interface_path);
    if (!description) return std::nullopt;
    const auto address = windows::address_of(*description);
    if (!address) return std::nullopt;
    PciFunction function{.address = *address,
                         .identity = *windows::identity_of(*description),
                         .kernel_driver = device.service,
                         .regions = windows::regions_of(*description),
                         .enabled = true};
    std::erase_if(function.regions, [](const RegionInfo& region) {
        return region.kind == RegionKind::configuration;
    });
    return function;
}

/// All of them, or the one at `only`: a device that is known to be elsewhere is left asleep.
Result<std::vector<PciFunction>> functions_at(const PciAddress* only) {
    OPENBAR_TRY(all, windows::devices_on_pci());
    OPENBAR_TRY(served, windows::served_devices());
    std::map<PciAddress, PciFunction> functions;
    const auto is_elsewhere = [&](const InstalledDevice& device) {
        return only != nullptr && device.pci && *device.pci != *only;
    };
    for (const InstalledDevice& device : all)
        if (device.pci)
            functions[*device.pci] = {.address = *device.pci,
                                      .identity = *device.identity,
                                      .kernel_driver = device.service};
    for (const InstalledDevice& device : served) {
        if (is_elsewhere(device)) continue;
        if (auto function = ask_driver(device)) functions[function->address] = std::move(*function);
    }
    std::vector<PciFunction> list;
    for (auto& [address, function] : functions) list.push_back(std::move(function));
    return list;
}

}  // namespace

Result<std::vector<PciFunction>> list_pci_functions() {
    return functions_at(nullptr).attempting([] { return "list PCI functions"; });
}

Result<PciFunction> pci::look_up(const PciAddress& address) {
    OPENBAR_TRY(all, functions_at(&address));
    const auto found = std::ranges::find(all, address, &PciFunction::address);
    if (found != all.end()) return std::move(*found);
    return failure(ErrorCode::not_found, "there is no such PCI function",
                   "openbar list shows all functions");
}

}  // namespace openbar
