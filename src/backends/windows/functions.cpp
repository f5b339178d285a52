// PCI functions as the registry has them; those that openbar.sys serves, as it describes them.
#include "openbar/pci.hpp"

#include "backends/windows/description.hpp"
#include "backends/windows/device_interfaces.hpp"
#include "backends/windows/driver_handle.hpp"
#include "base/failure.hpp"
#include "base/then.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace openbar {
namespace {

using windows::InstalledDevice;

/// What the driver says of a device that it serves, which it wakes for this; nothing where it may
/// not be opened by this user, or is no PCI function.
std::optional<PciFunction> ask_driver(const InstalledDevice& device) {
    const auto driver =
        windows::DriverHandle::open(device.interface_path, windows::DriverHandle::Access::look, {});
    if (!driver) return std::nullopt;
    const auto description = driver->describe({});
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

}  // namespace

Result<std::vector<PciFunction>> list_pci_functions() {
    const auto all = windows::devices_on_pci();
    if (!all) return std::unexpected(all.error());
    const auto served = windows::served_devices();
    if (!served) return std::unexpected(served.error());
    std::map<PciAddress, PciFunction> functions;
    for (const InstalledDevice& device : *all)
        if (device.pci)
            functions[*device.pci] = {.address = *device.pci,
                                      .identity = *device.identity,
                                      .kernel_driver = device.service};
    for (const InstalledDevice& device : *served)
        if (auto function = ask_driver(device)) functions[function->address] = std::move(*function);
    std::vector<PciFunction> list;
    for (auto& [address, function] : functions) list.push_back(std::move(function));
    return list;
}

Result<PciFunction> find_pci_function(const PciAddress& address) {
    return then(list_pci_functions(), [&](std::vector<PciFunction> all) -> Result<PciFunction> {
        const auto found = std::ranges::find(all, address, &PciFunction::address);
        if (found != all.end()) return std::move(*found);
        return failure(ErrorCode::not_found, fmt::format("open {}", address.to_string()),
                       "there is no such PCI function", "openbar list shows those that are");
    });
}

}  // namespace openbar
