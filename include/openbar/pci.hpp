/// Lists the PCI functions of this machine without opening them. Thread-safe: nothing is cached.
///
///     for (const auto& function : openbar::list_pci_functions().value())
///         std::cout << function.address.to_string() << " " << function.kernel_driver << "\n";
///     // prints 0000:00:04.0…
#pragma once

#include "openbar/address.hpp"
#include "openbar/device.hpp"
#include "openbar/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace openbar {

struct PciFunction {
    PciAddress address;
    PciIdentity identity;
    std::optional<VirtualFunction> virtual_function{};  ///< Linux, of an SR-IOV virtual function
    std::string kernel_driver{};                        ///< the driver it is bound to, or empty
    std::string driver_override{};               ///< Linux: the driver it is reserved for, or empty
    std::optional<std::uint32_t> iommu_group{};  ///< Linux
    std::vector<RegionInfo> regions{};           ///< BARs and ROM that have a size
    bool enabled = false;                        ///< the kernel has switched decoding on
    std::string power_state{};                   ///< "D0", "D3hot", …; empty if unknown
};

/// All functions, by rising address. Needs no privilege. Errors: unsupported (no PCI on this
/// system); io.
[[nodiscard]] Result<std::vector<PciFunction>> list_pci_functions();

/// One function. Error: not_found.
[[nodiscard]] Result<PciFunction> find_pci_function(const PciAddress& address);
/// The only function with these ids. Errors: not_found; ambiguous, which lists them.
[[nodiscard]] Result<PciFunction> find_pci_function_by_id(const PciId& id);

/// The back end by which `Device::open` would open the function now, judged by its kernel driver
/// alone. Empty: that driver owns the function. Linux then opens only its configuration space (by
/// sysfs), and Windows nothing.
[[nodiscard]] std::optional<BackendKind> backend_for(const PciFunction& function) noexcept;

}  // namespace openbar
