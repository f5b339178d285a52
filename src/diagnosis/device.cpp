#include "openbar/device.hpp"

#include "openbar/diagnosis.hpp"
#include "openbar/pci.hpp"

#include "device/pci_lookup.hpp"

#include <fmt/format.h>

#include <optional>
#include <variant>

namespace openbar {
namespace {

/// The proof: whether it can be opened, and what it then offers.
Finding try_to_open(const DeviceAddress& address) {
    const auto device = Device::open(address);
    if (!device) return {Severity::problem, "open", device.error().cause, device.error().hint};
    const DeviceInfo& info = device->info();
    const std::string_view way = to_string(info.backend);
    const Capability& mapping = info.capabilities.mapping;
    if (!mapping && !mapping.why_not.empty())
        return {Severity::note, "open",
                fmt::format("works, through {}, with no region mapped: {}", way, mapping.why_not),
                mapping.hint};
    return {Severity::good, "open", fmt::format("works, through {}", way)};
}

}  // namespace

std::vector<Finding> examine_device(const DeviceAddress& device) {
    std::optional<Result<PciFunction>> function;
    if (const auto* address = std::get_if<PciAddress>(&device.target))
        function = pci::look_up(*address);
    if (const auto* id = std::get_if<PciId>(&device.target)) function = pci::look_up(*id);
    if (function && !*function)
        return {{Severity::problem, device.to_string(), function->error().cause,
                 function->error().hint}};
    std::vector<Finding> findings;
    if (function) findings = examine_function((*function)->address);
    findings.push_back(try_to_open(device));
    return findings;
}

}  // namespace openbar
