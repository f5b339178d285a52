#include "openbar/pci.hpp"

#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/json.hpp"
#include "cli/support/pci_names.hpp"
#include "cli/support/table.hpp"
#include "cli/support/text.hpp"
#include "cli/support/way_in.hpp"

#include <fmt/ranges.h>

#include <memory>
#include <vector>

namespace openbar::cli {
namespace {

/// "bar0 1M, bar2 64 io"
std::string regions_text(const PciFunction& function) {
    std::vector<std::string> regions;
    for (const RegionInfo& region : function.regions)
        if (region.kind != RegionKind::configuration)
            regions.push_back(fmt::format("{} {}{}", region.name, short_size_text(region.size),
                                          region.kind == RegionKind::port_io ? " io" : ""));
    return regions.empty() ? "-" : fmt::format("{}", fmt::join(regions, ", "));
}

Json describe(const PciFunction& function, const PciNames& names) {
    Json json;
    json["address"] = function.address.to_string();
    json["identity"] = to_json(function.identity);
    json["vendor_name"] = names.vendor(function.identity);
    json["device_name"] = names.device(function.identity);
    json["class_name"] = names.class_name(function.identity);
    if (const auto& place = function.virtual_function) json["virtual_function"] = to_json(*place);
    json["kernel_driver"] = function.kernel_driver;
    json["driver_override"] = function.driver_override;
    if (function.iommu_group) json["iommu_group"] = *function.iommu_group;
    json["enabled"] = function.enabled;
    json["power_state"] = function.power_state;
    json["regions"] = Json::array();
    for (const RegionInfo& region : function.regions) json["regions"].push_back(to_json(region));
    const WayIn way = way_into(function);
    json["open"] = {{"backend", way.backend}, {"offers", way.offers}};
    return json;
}

std::string name_of(const PciFunction& function, const PciNames& names) {
    std::string name = names.full_name(function.identity);
    const std::string kind = names.class_name(function.identity);
    if (name.empty()) return kind;
    return kind.empty() ? name : fmt::format("{} ({})", name, kind);
}

Result<ExitCode> list(Console& console) {
    const auto functions = list_pci_functions();
    if (!functions) return functions.error();
    const PciNames names;
    if (console.json) {
        Json all = Json::array();
        for (const PciFunction& function : *functions) all.push_back(describe(function, names));
        print_json(console.out, all);
        return ExitCode::done;
    }
    Table table({"address", "ids", "driver", "open by", "regions", "name"});
    for (const PciFunction& function : *functions)
        table.add({function.address.to_string(),
                   fmt::format("{:04x}:{:04x}", function.identity.vendor, function.identity.device),
                   function.kernel_driver.empty() ? "-" : function.kernel_driver,
                   way_into(function).backend, regions_text(function), name_of(function, names)});
    table.print(console.out);
    if (functions->empty() && console.diagnostics.is_terminal())
        console.diagnostics.write("this machine has no PCI functions\n");
    return ExitCode::done;
}

Run declare_list(CommandLine&) {
    return [](Console& console) { return list(console); };
}

}  // namespace

constexpr Command list_command{
    .name = "list",
    .summary = "every PCI function of this machine, and how to open it",
    .usage = "[--json]",
    .description =
        R"(Prints a line for each PCI function: its address, which is a DEVICE of other commands;
its vendor and device ids, for pci:VENDOR:DEVICE; its kernel driver; the back end that would open it
now; its regions with their sizes; its name.

"Open by" depends on the current driver:
  vfio       mapping, interrupts, DMA
  uio        mapping, interrupts of the INTx kind
  sysfs      mapping, no interrupts: no driver is bound
  config     only its configuration space: a kernel driver owns the rest
'openbar bind' changes the driver. The command opens nothing and needs no privilege.
)",
    .examples = R"(  openbar list
  openbar list --json | jq -r '.[] | select(.kernel_driver == "") | .address'
                                     the functions without a driver
)",
    .json = true,
    .declare = declare_list};

}  // namespace openbar::cli
