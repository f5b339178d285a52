/// The devices that Windows knows: those that openbar.sys serves, and all PCI functions.
#pragma once

#include "openbar/address.hpp"
#include "openbar/device.hpp"

#include <optional>
#include <string>
#include <vector>

namespace openbar::windows {

/// What the registry says of a device, without opening it. Texts are UTF-8.
struct InstalledDevice {
    std::string instance_id;     ///< "PCI\VEN_1234&DEV_11E8&SUBSYS_…\3&…"
    std::string interface_path;  ///< to be opened; empty: openbar.sys does not serve it
    std::string service;         ///< the driver's; empty: none
    std::optional<PciAddress> pci;
    std::optional<PciIdentity> identity;
};

/// The present devices with openbar's interface. Error: io.
[[nodiscard]] Result<std::vector<InstalledDevice>> served_devices();

/// All present PCI functions, whatever their driver; `interface_path` is empty. Error: io.
[[nodiscard]] Result<std::vector<InstalledDevice>> devices_on_pci();

}  // namespace openbar::windows
