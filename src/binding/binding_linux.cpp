#include "openbar/binding.hpp"

#include "backends/sysfs/attribute.hpp"
#include "backends/sysfs/better_driver.hpp"
#include "backends/vfio/group_viability.hpp"
#include "backends/vfio/no_iommu.hpp"
#include "base/failure.hpp"
#include "base/system_root.hpp"
#include "binding/boot_rule.hpp"
#include "binding/step_runner.hpp"
#include "device/pci_lookup.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace openbar {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view clear = "\n";  // the kernel takes an empty line as "no override"

std::string driver_file(std::string_view driver, std::string_view file) {
    return fmt::format("/sys/bus/pci/drivers/{}/{}", driver, file);
}

std::string override_file(const PciAddress& address) {
    return fmt::format("/sys/bus/pci/devices/{}/driver_override", address.to_string());
}

/// Adds steps and what takes each of them back.
class Planner {
public:
    Planner(const PciFunction& function, std::string driver_after) : function_(function) {
        change_.address = function.address;
        change_.driver_before = function.kernel_driver;
        change_.driver_after = std::move(driver_after);
    }

    void unbind() {
        if (function_.kernel_driver.empty()) return;
        add({driver_file(function_.kernel_driver, "unbind"), name()},
            {driver_file(function_.kernel_driver, "bind"), name()});
    }
    void reserve_for(std::string_view driver) {
        if (function_.driver_override == driver) return;
        const auto text = [](std::string_view name) {
            return std::string(name.empty() ? clear : name);
        };
        add({override_file(function_.address), text(driver)},
            {override_file(function_.address), text(function_.driver_override)});
    }
    void bind() {
        add({driver_file(change_.driver_after, "bind"), name()},
            {driver_file(change_.driver_after, "unbind"), name()});
    }
    void let_kernel_choose() {
        // Its undoing would be unbinding from whatever took it; the last step needs none.
        add({"/sys/bus/pci/drivers_probe", name()}, {"/sys/bus/pci/drivers_probe", name()});
    }
    void at_each_boot(const std::string& rule) {
        const std::string present = binding::present_boot_rule(function_.address);
        const std::string file = binding::boot_rule_file(function_.address);
        if (present != rule) add({file, rule}, {file, present});
    }
    void warn(std::string text) { change_.warnings.push_back(std::move(text)); }
    [[nodiscard]] BindingChange take() { return std::move(change_); }

private:
    [[nodiscard]] std::string name() const { return function_.address.to_string(); }
    void add(BindingStep step, BindingStep undo) {
        change_.steps.push_back(std::move(step));
        change_.undo.push_back(std::move(undo));
    }

    const PciFunction& function_;
    BindingChange change_;
};

Result<void> refuse_uses(const BindingChange& change) {
    // A rule for the next boot takes nothing from a program that uses it.
    if (std::ranges::all_of(change.steps, binding::is_boot_rule_file, &BindingStep::file))
        return {};
    const std::vector<DeviceUse> uses = uses_of(change.address);
    if (uses.empty()) return {};
    std::vector<std::string> what, hints;
    for (const DeviceUse& use : uses) {
        what.push_back(use.what);
        if (hints.empty() || hints.back() != use.hint) hints.push_back(use.hint);
    }
    return failure(ErrorCode::busy, fmt::format("it is in use: {}", fmt::join(what, "; ")),
                   fmt::format("{}", fmt::join(hints, "; ")));
}

Result<BindingChange> if_unused(BindingChange change) {
    OPENBAR_TRY(unused, refuse_uses(change));
    return change;
}

/// The names by which people mean one of the two drivers that openbar works through.
std::string probable_driver(std::string_view written) {
    if (written.find("vfio") != std::string_view::npos) return "vfio-pci";
    if (written.find("uio") != std::string_view::npos) return "uio_pci_generic";
    return {};
}

Result<void> require_driver(std::string_view driver) {
    const bool is_name = !driver.empty() && driver.find('/') == std::string_view::npos &&
                         driver != "." && driver != "..";
    std::error_code error;  // a name may be too long to look for
    if (is_name &&
        fs::is_directory(system_path(fmt::format("/sys/bus/pci/drivers/{}", driver)), error))
        return {};
    const std::string probable = probable_driver(driver);
    const std::string module = probable.empty() ? std::string(driver) : probable;
    return failure(ErrorCode::not_found,
                   fmt::format("the kernel has no PCI driver '{}' loaded", driver),
                   probable.empty() || probable == driver
                       ? fmt::format("sudo modprobe {}", module)
                       : fmt::format("the driver is called {0}: sudo modprobe {0}", probable));
}

Result<void> require_fit_for_vfio(const PciFunction& function) {
    if (sysfs::is_bridge(function))
        return failure(ErrorCode::unsupported, "VFIO does not take bridges",
                       "bind the functions behind it");
    if (function.iommu_group && !vfio::is_without_iommu(function.address)) return {};
    if (function.iommu_group || vfio::goes_without_iommu())
        return failure(ErrorCode::unsupported,
                       "no IOMMU confines the function's DMA; VFIO would take it all the same "
                       "(enable_unsafe_noiommu_mode), but openbar does not open it so",
                       fmt::format("sudo openbar bind {} uio_pci_generic, which needs no IOMMU",
                                   function.address.to_string()));
    return failure(ErrorCode::unsupported,
                   "the function is in no IOMMU group: the machine has no IOMMU, or it is off",
                   "switch it on in the firmware and boot with intel_iommu=on or amd_iommu=on; or "
                   "bind uio_pci_generic, which needs none");
}

/// What keeps VFIO from opening the group although this function is bound.
void warn_of_siblings(const PciFunction& function, Planner& planner) {
    if (!function.iommu_group) return;
    for (const PciFunction& other : vfio::functions_in_the_way_of(*function.iommu_group)) {
        if (other.address == function.address) continue;
        planner.warn(fmt::format(
            "{0} ({1}) is in the same IOMMU group {2}: VFIO opens neither before it is bound to "
            "vfio-pci as well, or to nothing: openbar unbind {0}",
            other.address.to_string(), other.kernel_driver, *function.iommu_group));
    }
}

void warn_of_rule(const PciFunction& function, std::string_view driver, Planner& planner) {
    const std::string rule = binding::present_boot_rule(function.address);
    if (rule.empty() || binding::driver_of(rule) == driver) return;
    planner.warn(
        fmt::format("a rule binds it to {} again at the next boot; to remove the rule: "
                    "sudo openbar unbind {} --persistent",
                    binding::driver_of(rule), function.address.to_string()));
}

std::string remedy_for(int error, const BindingChange& change) {
    if (error == EACCES || error == EPERM) return "run it as root";
    if (error == ENODEV && change.driver_after == "uio_pci_generic")
        return "uio_pci_generic needs a device with an INTx line; try vfio-pci";
    if (error == ENODEV || error == EINVAL)
        return fmt::format("the driver does not take this device: {}", binding::ask_the_kernel);
    return std::string(binding::ask_the_kernel);
}

Result<BindingChange> plan(const PciAddress& address, std::string_view driver, Lasting lasting) {
    OPENBAR_TRY(function, pci::look_up(address));
    Planner planner(function, std::string(driver));
    const bool bound = !driver.empty() && function.kernel_driver == driver;
    if (!bound) {
        OPENBAR_TRY(present, require_driver(driver));
    }
    if (driver == "vfio-pci") {
        OPENBAR_TRY(fit, require_fit_for_vfio(function));
    }
    if (!bound) {
        if (driver == "vfio-pci") warn_of_siblings(function, planner);
        planner.unbind();
        planner.reserve_for(driver);
        planner.bind();
    }
    if (lasting == Lasting::over_reboots) {
        OPENBAR_TRY(rule, binding::boot_rule(function, driver));
        planner.at_each_boot(rule);
    } else {
        warn_of_rule(function, driver, planner);
    }
    return if_unused(planner.take());
}

Result<BindingChange> plan_freeing(const PciAddress& address, AfterUnbind after, Lasting lasting) {
    OPENBAR_TRY(function, pci::look_up(address));
    Planner planner(function, "");
    planner.unbind();
    planner.reserve_for("");
    if (after == AfterUnbind::let_kernel_choose) planner.let_kernel_choose();
    if (lasting == Lasting::over_reboots)
        planner.at_each_boot("");
    else
        warn_of_rule(function, "", planner);
    return if_unused(planner.take());
}

Result<void> run(const BindingChange& change) {
    OPENBAR_TRY(unused, refuse_uses(change));
    const auto write = [&](const BindingStep& step) -> Result<void> {
        if (binding::is_boot_rule_file(step.file)) return binding::write_boot_rule(step);
        auto written = sysfs::write_text(system_path(step.file), step.text);
        if (!written) written.error().hint = remedy_for(written.error().system_error, change);
        return written;
    };
    const auto present_driver = [](const PciAddress& address) {
        return sysfs::link_target_name(
            system_path(fmt::format("/sys/bus/pci/devices/{}/driver", address.to_string())));
    };
    return binding::run_steps(change, write, present_driver);
}

}  // namespace

Result<BindingChange> plan_bind(const PciAddress& address, std::string_view driver,
                                Lasting lasting) {
    return plan(address, driver, lasting).attempting([&] {
        return binding::describe_bind(address, driver);
    });
}

Result<BindingChange> plan_unbind(const PciAddress& address, AfterUnbind after, Lasting lasting) {
    return plan_freeing(address, after, lasting).attempting([&] {
        return binding::describe_unbind(address);
    });
}

Result<void> carry_out(const BindingChange& change) {
    return run(change).attempting([&] { return binding::describe(change); });
}

}  // namespace openbar
