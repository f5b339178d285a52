/// Which driver a PCI function is bound to: changing it, and taking a change back.
///
///     auto address = openbar::PciAddress::parse("0000:00:04.0").value();
///     auto change = openbar::plan_bind(address, "vfio-pci").value();
///     for (const auto& step : change.steps) std::cout << step.command() << "\n";
///     // prints echo vfio-pci > /sys/bus/pci/devices/0000:00:04.0/driver_override
///     // openbar::carry_out(change) makes these writes, as root
///
/// A change is planned first, as data: what would be written to which file of the kernel. Planning
/// changes nothing and refuses a device that somebody uses. Carrying out does just these steps,
/// and takes back all that were done when one fails.
///
/// Linux only: elsewhere everything here is `unsupported`. Source of the steps:
/// Documentation/ABI/testing/sysfs-bus-pci of the Linux kernel (bind, unbind, driver_override).
///
/// Thread-safety: independent calls may run at once; two changes of one function may not.
#pragma once

#include "openbar/address.hpp"
#include "openbar/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace openbar {

/// One write of `text` to a file of sysfs.
struct BindingStep {
    std::string file;
    std::string text;

    /// The same as a shell command: "echo 0000:03:00.0 > /sys/bus/pci/drivers/e1000/unbind".
    [[nodiscard]] std::string command() const;
    friend bool operator==(const BindingStep&, const BindingStep&) = default;
};

/// What makes a device's driver unfit to be taken away.
struct DeviceUse {
    std::string what;  ///< "the network interface eth0 is up"
    std::string hint;  ///< "sudo ip link set eth0 down"
};

struct BindingChange {
    PciAddress address;
    std::string driver_before{};          ///< empty: none
    std::string driver_after{};           ///< empty: none, or what the kernel chooses
    std::vector<BindingStep> steps{};     ///< empty: everything is as wanted already
    std::vector<BindingStep> undo{};      ///< undo[i] takes steps[i] back
    std::vector<std::string> warnings{};  ///< what will still stand in the way afterwards
};

/// Who uses the function now: mounted disks and swap, network interfaces that are up, programs that
/// have one of its device nodes, its files or its IOMMU group open, virtual functions of its own,
/// functions behind it where it is a bridge.
/// Empty: nobody. Sees other users' programs only as root.
[[nodiscard]] std::vector<DeviceUse> uses_of(const PciAddress& address);

/// Plans to bind the function to the kernel driver `driver` ("vfio-pci", "uio_pci_generic", …),
/// reserving it for that driver (driver_override).
/// Errors: not_found (no such function; the driver is not loaded); busy (it is used, by whom);
/// unsupported (vfio-pci without an IOMMU, or for a bridge; another system than Linux).
[[nodiscard]] Result<BindingChange> plan_bind(const PciAddress& address, std::string_view driver);

enum class AfterUnbind { leave_free, let_kernel_choose };

/// Plans to unbind the function from its driver and to end its reservation; with
/// `let_kernel_choose`, then to let the kernel look for a driver as it does at boot.
/// Errors: not_found; busy; unsupported.
[[nodiscard]] Result<BindingChange> plan_unbind(const PciAddress& address,
                                                AfterUnbind after = AfterUnbind::leave_free);

/// Carries the change out, if nobody uses the function by now. When a step fails, those before it
/// are taken back in reverse order, and the error tells whether that worked.
/// Errors: busy; permission_denied (not root); otherwise as the kernel's driver gave them.
[[nodiscard]] Result<void> carry_out(const BindingChange& change);

}  // namespace openbar
