#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/binding_change.hpp"
#include "cli/support/pci_function.hpp"

#include <memory>

namespace openbar::cli {
namespace {

struct UnbindArguments {
    DeviceAddress device;
    bool probe = false;
    bool persistent = false;
    bool dry_run = false;
};

Result<ExitCode> unbind(const UnbindArguments& arguments, Console& console) {
    OPENBAR_TRY(function, find_function(arguments.device));
    OPENBAR_TRY(
        change,
        plan_unbind(function.address,
                    arguments.probe ? AfterUnbind::let_kernel_choose : AfterUnbind::leave_free,
                    arguments.persistent ? Lasting::over_reboots : Lasting::until_reboot));
    return apply(change, arguments.dry_run, console);
}

Run declare_unbind(CommandLine& line) {
    auto arguments = std::make_shared<UnbindArguments>();
    add_device(line, arguments->device);
    line.flag("--probe", arguments->probe, "then let the kernel choose a driver, as at boot");
    line.flag("--persistent", arguments->persistent,
              "and remove the udev rule of 'openbar bind --persistent'");
    add_dry_run(line, arguments->dry_run);
    return [arguments](Console& console) { return unbind(*arguments, console); };
}

}  // namespace

constexpr Command unbind_command{
    .name = "unbind",
    .summary = "unbind a PCI function from its kernel driver",
    .usage = "DEVICE [--probe] [--persistent] [--dry-run] [--json]",
    .description =
        R"(Unbinds the function from its driver and ends its reservation (driver_override). Without
a driver it can be opened through sysfs. With --probe the kernel then looks for a driver as at boot,
so that a card returns to its usual driver.

A rule of 'openbar bind --persistent' stays, with a warning, unless --persistent is given.

The command fails while the device is in use, as 'openbar bind' does.
)",
    .examples = R"(  sudo openbar unbind 03:00.0
  sudo openbar unbind 03:00.0 --probe         back to the card's usual driver
  openbar unbind 03:00.0 --dry-run            print the steps, as shell commands
)",
    .json = true,
    .declare = declare_unbind};

}  // namespace openbar::cli
