#include "openbar/binding.hpp"
#include "openbar/diagnosis.hpp"
#include "openbar/pci.hpp"

#include "backends/sysfs/attribute.hpp"
#include "backends/sysfs/better_driver.hpp"
#include "backends/vfio/group_viability.hpp"
#include "backends/vfio/iommufd.hpp"
#include "backends/vfio/no_iommu.hpp"
#include "base/system_root.hpp"
#include "diagnosis/linux_facts.hpp"

#include <fmt/format.h>

#include <fstream>

namespace openbar {
namespace {

class FunctionExamination {
public:
    explicit FunctionExamination(const PciFunction& function)
        : function_(function), name_(function.address.to_string()) {}

    [[nodiscard]] std::vector<Finding> run();

private:
    void add(Severity severity, std::string subject, std::string text, std::string hint = {}) {
        findings_.push_back({severity, std::move(subject), std::move(text), std::move(hint)});
    }
    [[nodiscard]] std::string path(std::string_view file) const {
        return fmt::format("/sys/bus/pci/devices/{}/{}", name_, file);
    }

    [[nodiscard]] std::string uio_node() const;
    void examine_driver();
    void examine_group();
    void examine_node(const std::string& node);
    void examine_sysfs();
    void examine_state();
    void examine_uses();

    const PciFunction& function_;
    std::string name_;
    std::vector<Finding> findings_;
};

std::vector<Finding> FunctionExamination::run() {
    examine_driver();
    examine_state();
    examine_uses();
    return std::move(findings_);
}

void FunctionExamination::examine_driver() {
    const auto backend = backend_for(function_);
    if (backend) {
        add(Severity::good, "driver",
            fmt::format("{}: opens by {}",
                        function_.kernel_driver.empty() ? "none" : function_.kernel_driver,
                        to_string(*backend)));
    } else if (sysfs::is_bridge(function_)) {
        add(Severity::note, "driver",
            fmt::format("the kernel driver {} owns it, as the bus behind it needs",
                        function_.kernel_driver));
    } else {
        add(Severity::problem, "driver",
            fmt::format("the kernel driver {} owns it", function_.kernel_driver),
            "sudo " + sysfs::command_that_binds_better(function_));
    }
    if (backend == BackendKind::vfio) examine_group();
    if (backend == BackendKind::uio) examine_node(uio_node());
    if (backend == BackendKind::sysfs || backend == BackendKind::uio) examine_sysfs();
}

std::string FunctionExamination::uio_node() const {
    for (unsigned number = 0; number < 256; ++number)
        if (facts::exists(path(fmt::format("uio/uio{}", number))))
            return fmt::format("/dev/uio{}", number);
    return "/dev/uio0";
}

void FunctionExamination::examine_group() {
    if (!function_.iommu_group) {
        add(Severity::problem, "IOMMU group", "none, and VFIO needs one",
            fmt::format("sudo openbar bind {} uio_pci_generic", name_));
        return;
    }
    const std::string group = fmt::format("IOMMU group {}", *function_.iommu_group);
    if (vfio::is_without_iommu(function_.address)) {
        add(Severity::problem, group,
            "VFIO created it without an IOMMU (enable_unsafe_noiommu_mode); openbar does not use "
            "such groups",
            fmt::format("sudo openbar bind {} uio_pci_generic", name_));
        return;
    }
    const auto in_the_way = vfio::functions_in_the_way_of(*function_.iommu_group);
    for (const PciFunction& other : in_the_way)
        add(Severity::problem, group,
            fmt::format("not viable: {} is bound to {}", other.address.to_string(),
                        other.kernel_driver),
            fmt::format("sudo openbar unbind {}", other.address.to_string()));
    if (in_the_way.empty()) add(Severity::good, group, "viable");
    const auto device_node = vfio::device_node(function_.address);
    if (device_node && !facts::exists("/dev/vfio/vfio")) {
        examine_node(*device_node);
        examine_node("/dev/iommu");
        return;
    }
    examine_node(fmt::format("/dev/vfio/{}", *function_.iommu_group));
}

void FunctionExamination::examine_node(const std::string& node) {
    if (!facts::exists(node))
        add(Severity::problem, node, "absent", "see whether udev or devtmpfs runs here");
    else if (!facts::may_use(node))
        add(Severity::problem, node, "no permission to open it",
            fmt::format("sudo chown $USER {}", node));
    else
        add(Severity::good, node, "usable");
}

void FunctionExamination::examine_sysfs() {
    for (const RegionInfo& region : function_.regions) {
        if (region.index >= rom_region) continue;
        const std::string file = path(fmt::format("resource{}", region.index));
        if (facts::may_use(file)) continue;
        add(Severity::problem, region.name, fmt::format("no permission to open {}", file),
            "run it as root");
        return;
    }
    const auto mode = sysfs::read_text(system_path("/sys/kernel/security/lockdown"));
    if (mode && mode->find("[none]") == std::string::npos)
        add(Severity::problem, "lockdown", "the kernel refuses sysfs mappings, even for root",
            fmt::format("sudo openbar bind {} vfio-pci", name_));
}

void FunctionExamination::examine_state() {
    if (!function_.power_state.empty() && function_.power_state != "D0" &&
        function_.power_state != "unknown")
        add(Severity::good, "power",
            fmt::format("the function is asleep ({}); openbar wakes it while the device is open",
                        function_.power_state));
    std::ifstream config(system_path(path("config")), std::ios::binary);
    unsigned char header[6]{};
    if (!config.read(reinterpret_cast<char*>(header), sizeof header)) return;
    const bool decodes = (header[4] & 3) != 0;
    if (header[0] == 0xff && header[1] == 0xff)
        add(Severity::problem, "config", "reads as all ones: the device is gone or powered down",
            fmt::format("echo 1 | sudo tee {} ; echo 1 | sudo tee /sys/bus/pci/rescan",
                        path("remove")));
    else
        add(Severity::good, "BARs",
            decodes ? "the device decodes them"
                    : "decoding is off; openbar turns it on when it opens the device");
}

void FunctionExamination::examine_uses() {
    for (const DeviceUse& use : uses_of(function_.address))
        add(Severity::problem, "in use", use.what, use.hint);
}

}  // namespace

std::vector<Finding> examine_function(const PciAddress& address) {
    const auto function = find_pci_function(address);
    if (!function)
        return {{Severity::problem, address.to_string(), function.error().cause,
                 function.error().hint}};
    return FunctionExamination(*function).run();
}

}  // namespace openbar
