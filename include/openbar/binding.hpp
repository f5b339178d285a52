/// Binds PCI functions to kernel drivers, and undoes it.
///
///     auto address = openbar::PciAddress::parse("0000:00:04.0").value();
///     auto change = openbar::plan_bind(address, "vfio-pci").value();
///     for (const auto& step : change.steps) std::cout << step.command() << "\n";
///     // prints echo vfio-pci > /sys/bus/pci/devices/0000:00:04.0/driver_override
///     // openbar::carry_out(change) makes these writes, as root
///
/// A plan lists the writes to the kernel's files. Planning changes nothing, and fails if the device
/// is in use. `carry_out` makes these writes; if one fails, it undoes those before it.
///
/// Linux only: on other systems every function returns `unsupported`. Source of the steps:
/// Documentation/ABI/testing/sysfs-bus-pci of the Linux kernel (bind, unbind, driver_override).
///
/// Thread-safety: calls for different functions may run at the same time.
#pragma once

#include "openbar/address.hpp"
#include "openbar/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace openbar {

/// One write of `text` to a file of sysfs or of udev. Without a text, the file is removed.
struct BindingStep {
    std::string file;
    std::string text;

    /// The same as a shell command: "echo 0000:03:00.0 > /sys/bus/pci/drivers/e1000/unbind".
    [[nodiscard]] std::string command() const;
    friend bool operator==(const BindingStep&, const BindingStep&) = default;
};

/// A use of a device that its driver must not be unbound from.
struct DeviceUse {
    std::string what;  ///< "the network interface eth0 is up"
    std::string hint;  ///< "sudo ip link set eth0 down"
};

struct BindingChange {
    PciAddress address;
    std::string driver_before{};          ///< empty: none
    std::string driver_after{};           ///< empty: none, or chosen by the kernel
    std::vector<BindingStep> steps{};     ///< empty: already bound as requested
    std::vector<BindingStep> undo{};      ///< undo[i] undoes steps[i]
    std::vector<std::string> warnings{};  ///< obstacles that remain afterwards
};

/// The current uses of the function: mounted disks and swap; network interfaces that are up;
/// programs that have one of its device nodes, its files or its IOMMU group open; its virtual
/// functions; the functions behind a bridge. Only root sees the programs of other users.
[[nodiscard]] std::vector<DeviceUse> uses_of(const PciAddress& address);

/// How long a binding lasts. Over reboots, a udev rule in /etc/udev/rules.d binds the function before
/// the system loads its usual driver. A driver that takes it earlier, in the initramfs, keeps it.
enum class Lasting { until_reboot, over_reboots };

/// Plans to bind the function to the kernel driver `driver` ("vfio-pci", "uio_pci_generic", …), and
/// to reserve it for that driver (driver_override). A warning names a rule that binds it to another
/// driver at the next boot. Errors: not_found (no such function, or the
/// driver is not loaded); busy (it is in use; the error says by what); unsupported (vfio-pci
/// without an IOMMU, or for a bridge; a system other than Linux).
[[nodiscard]] Result<BindingChange> plan_bind(const PciAddress& address, std::string_view driver,
                                              Lasting lasting = Lasting::until_reboot);

enum class AfterUnbind { leave_free, let_kernel_choose };

/// Plans to unbind the function from its driver and to end its reservation. With
/// `let_kernel_choose`, the kernel then looks for a driver as at boot. Over reboots: removes the rule
/// of `plan_bind`, too; otherwise a warning names it. Errors: not_found; busy; unsupported.
[[nodiscard]] Result<BindingChange> plan_unbind(const PciAddress& address,
                                                AfterUnbind after = AfterUnbind::leave_free,
                                                Lasting lasting = Lasting::until_reboot);

/// Makes the change, unless the function is in use by now. If a step fails, undoes those before it
/// in reverse order; the error says whether that succeeded. Errors: busy; permission_denied (not
/// root); those of the kernel's driver.
[[nodiscard]] Result<void> carry_out(const BindingChange& change);

}  // namespace openbar
