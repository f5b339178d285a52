#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/binding_change.hpp"
#include "cli/support/pci_function.hpp"

#include <memory>

namespace openbar::cli {
namespace {

struct BindArguments {
    DeviceAddress device;
    std::string driver;
    bool persistent = false;
    bool dry_run = false;
};

Result<ExitCode> bind(const BindArguments& arguments, Console& console) {
    OPENBAR_TRY(function, find_function(arguments.device));
    OPENBAR_TRY(change,
                plan_bind(function.address, arguments.driver,
                          arguments.persistent ? Lasting::over_reboots : Lasting::until_reboot));
    return apply(change, arguments.dry_run, console);
}

Run declare_bind(CommandLine& line) {
    auto arguments = std::make_shared<BindArguments>();
    add_device(line, arguments->device);
    line.required("DRIVER",
                  "the kernel driver: vfio-pci, uio_pci_generic, or a card's own such as e1000",
                  [arguments](const std::string& word) { arguments->driver = word; });
    line.flag("--persistent", arguments->persistent, "and again at each boot, by a udev rule");
    add_dry_run(line, arguments->dry_run);
    return [arguments](Console& console) { return bind(*arguments, console); };
}

}  // namespace

constexpr Command bind_command{
    .name = "bind",
    .summary = "bind a PCI function to a kernel driver, such as vfio-pci",
    .usage = "DEVICE DRIVER [--persistent] [--dry-run] [--json]",
    .description =
        R"(Unbinds the function from its driver, reserves it for DRIVER (driver_override) and binds
it. If a step fails, the steps before it are undone. The driver must be loaded (modprobe DRIVER).

The command fails while the device is in use: by a mounted disk or swap space, a network interface
that is up, a program that has one of its nodes (/dev/uio0, /dev/vfio/3, /dev/nvme0, …) or its IOMMU
group open, or a function behind a bridge.

  vfio-pci           mapping, all interrupts and DMA; needs an IOMMU
  uio_pci_generic    mapping and INTx; needs no IOMMU
The function stays reserved for that driver until the next boot or 'openbar unbind'. With
--persistent, a udev rule (/etc/udev/rules.d/50-openbar-ADDRESS.rules) binds it at each boot, if the
card in its slot has the same ids. A driver that the initramfs gives it to keeps it.
)",
    .examples = R"(  sudo openbar bind 03:00.0 vfio-pci
  sudo openbar bind 03:00.0 vfio-pci --persistent
  openbar bind 03:00.0 vfio-pci --dry-run     print the steps, as shell commands
)",
    .json = true,
    .declare = declare_bind};

}  // namespace openbar::cli
