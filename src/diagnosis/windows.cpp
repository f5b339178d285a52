#include "openbar/diagnosis.hpp"
#include "openbar/pci.hpp"

#include <fmt/format.h>

namespace openbar {

std::vector<Finding> examine_machine() {
    const auto functions = list_pci_functions();
    if (!functions)
        return {{Severity::problem, "devices", functions.error().cause, functions.error().hint}};
    return {{functions->empty() ? Severity::problem : Severity::good, "devices",
             fmt::format("{} PCI functions can be seen by openbar", functions->size()),
             functions->empty() ? "install the driver for your card: openbar inf, docs/windows.md"
                                : ""}};
}

// Windows decides who may open a device; opening it, which follows, shows the rest.
std::vector<Finding> examine_function(const PciAddress&) {
    return {};
}

}  // namespace openbar
