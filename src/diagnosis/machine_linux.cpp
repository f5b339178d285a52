#include "openbar/diagnosis.hpp"

#include "backends/sysfs/attribute.hpp"
#include "backends/vfio/no_iommu.hpp"
#include "base/system_root.hpp"
#include "diagnosis/linux_facts.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

namespace openbar {
namespace {

using facts::count_entries;
using facts::exists;

Finding user() {
    if (facts::is_root()) return {Severity::good, "user", "root"};
    return {Severity::note, "user",
            "not root: VFIO and UIO need permission for their nodes; sysfs, /dev/mem and "
            "changing drivers need root",
            "run it as root"};
}

Finding sysfs_mount() {
    const std::size_t count = count_entries("/sys/bus/pci/devices");
    if (count > 0) return {Severity::good, "sysfs", fmt::format("{} PCI functions", count)};
    if (exists("/sys/bus/pci"))
        return {Severity::note, "sysfs", "this machine has no PCI functions"};
    return {Severity::problem, "sysfs",
            "/sys/bus/pci is missing: sysfs is not mounted, or the "
            "kernel has no PCI",
            "sudo mount -t sysfs sysfs /sys"};
}

Finding iommu() {
    const std::uint64_t groups = vfio::count_iommu_groups();
    if (groups > 0) return {Severity::good, "IOMMU", fmt::format("on, {} groups", groups)};
    const bool intel = exists("/sys/firmware/acpi/tables/DMAR");
    const bool amd = exists("/sys/firmware/acpi/tables/IVRS");
    const std::string command_line = sysfs::read_text(system_path("/proc/cmdline")).value_or("");
    if (intel || amd)
        return {Severity::note, "IOMMU",
                fmt::format("the firmware has one, the kernel does not use it (its command line: "
                            "{}): no VFIO",
                            command_line),
                fmt::format("add {} to GRUB_CMDLINE_LINUX in /etc/default/grub, then sudo "
                            "update-grub and reboot",
                            intel ? "intel_iommu=on" : "amd_iommu=on")};
    return {Severity::note, "IOMMU", "the firmware shows none: no VFIO; UIO and sysfs need none",
            "enable VT-d or AMD-Vi in the firmware's setup, if the machine has it"};
}

Finding vfio_without_iommu() {
    const std::string subject = "VFIO without IOMMU";
    if (!vfio::goes_without_iommu()) return {Severity::good, subject, "off"};
    return {Severity::note, subject,
            "on (enable_unsafe_noiommu_mode): for other programs; openbar does not use it",
            "without an IOMMU: sudo openbar bind DEVICE uio_pci_generic"};
}

Finding driver(std::string_view name, std::string_view what) {
    if (exists(fmt::format("/sys/bus/pci/drivers/{}", name)))
        return {Severity::good, std::string(name), "loaded"};
    return {Severity::note, std::string(name), fmt::format("not loaded: {}", what),
            fmt::format("sudo modprobe {}", name)};
}

Finding vfio_container() {
    const std::string node = "/dev/vfio/vfio";
    if (!exists(node) && exists("/dev/iommu"))
        return {Severity::good, "/dev/iommu", "present: VFIO works by device nodes"};
    if (!exists(node))
        return {Severity::note, node, "absent: VFIO is not loaded", "sudo modprobe vfio-pci"};
    if (!facts::may_use(node))
        return {Severity::note, node, "no permission to open it",
                fmt::format("sudo chmod 0666 {}", node)};
    if (!exists("/sys/module/vfio_iommu_type1"))
        return {Severity::note, node, "present, but the driver vfio_iommu_type1 is not loaded",
                "sudo modprobe vfio_iommu_type1"};
    return {Severity::good, node, "usable"};
}

Finding locked_memory() {
    rlimit limit{};
    ::getrlimit(RLIMIT_MEMLOCK, &limit);
    if (limit.rlim_cur == RLIM_INFINITY) return {Severity::good, "locked memory", "no limit"};
    const std::string text =
        fmt::format("limited to {} KiB for DMA by VFIO", limit.rlim_cur / 1024);
    constexpr rlim_t comfortable = 64u << 20;
    // Root is not held to the limit (CAP_IPC_LOCK).
    if (limit.rlim_cur >= comfortable || facts::is_root())
        return {Severity::good, "locked memory", text};
    return {Severity::note, "locked memory", text, "ulimit -l unlimited (or LimitMEMLOCK=)"};
}

Finding lockdown() {
    const auto mode = sysfs::read_text(system_path("/sys/kernel/security/lockdown"));
    if (!mode || mode->find("[none]") != std::string::npos)
        return {Severity::good, "lockdown", "off"};
    return {Severity::note, "lockdown",
            fmt::format("on ({}): the kernel refuses sysfs mappings and /dev/mem, even for root; "
                        "VFIO works",
                        *mode),
            "use VFIO: openbar bind DEVICE vfio-pci"};
}

Finding physical_memory() {
    if (!exists("/dev/mem")) return {Severity::note, "/dev/mem", "absent: no mem: addresses"};
    const auto strict = facts::kernel_option("CONFIG_STRICT_DEVMEM");
    const auto io_strict = facts::kernel_option("CONFIG_IO_STRICT_DEVMEM");
    const std::string command_line = sysfs::read_text(system_path("/proc/cmdline")).value_or("");
    if (!strict)
        return {Severity::good, "/dev/mem",
                "present; whether the kernel restricts it cannot be read (no kernel "
                "configuration)"};
    if (*strict != "y")
        return {Severity::warning, "/dev/mem", "not restricted: RAM is open to root"};
    const bool relaxed = command_line.find("iomem=relaxed") != std::string::npos;
    return {Severity::good, "/dev/mem",
            io_strict == "y" && !relaxed
                ? "strict: no RAM, and no range that a kernel driver has claimed"
                : "strict: no RAM"};
}

}  // namespace

std::vector<Finding> examine_machine() {
    return {user(),
            sysfs_mount(),
            iommu(),
            vfio_without_iommu(),
            driver("vfio-pci", "no function can be bound to it"),
            vfio_container(),
            locked_memory(),
            driver("uio_pci_generic", "no function can be bound to it"),
            lockdown(),
            physical_memory()};
}

}  // namespace openbar
