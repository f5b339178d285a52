/// Finds what keeps this machine or a device from being used, and says how to fix it: what
/// `openbar doctor` prints.
///
///     for (const auto& finding : openbar::examine_machine())
///         if (finding.severity == openbar::Severity::problem)
///             std::cout << finding.subject << ": " << finding.text << "\n";
///
/// Thread-safe: nothing is kept. Nothing here accesses a register. Strings are UTF-8.
#pragma once

#include "openbar/address.hpp"

#include <string>
#include <vector>

namespace openbar {

enum class Severity {
    good,     ///< as it should be
    note,     ///< one of several ways is not available
    warning,  ///< works, with an effect that few expect
    problem,  ///< prevents the use
};

struct Finding {
    Severity severity = Severity::good;
    std::string subject;  ///< "IOMMU", "/dev/vfio/3"
    std::string text;     ///< one short sentence
    std::string hint{};   ///< the command that changes it, or empty
};

/// What the machine offers to every device: the user, the IOMMU, kernel drivers, limits.
[[nodiscard]] std::vector<Finding> examine_machine();

/// One PCI function, without opening it: its driver, its IOMMU group, the permissions of its nodes,
/// its power state, its uses. A function that is not there is a problem among the findings.
/// On Windows nothing can be said before the device is opened, so the list is empty.
[[nodiscard]] std::vector<Finding> examine_function(const PciAddress& address);

/// Any device: first `examine_function` if it is a PCI function, then it is opened and closed. The
/// last finding says whether it opened, and by which back end.
[[nodiscard]] std::vector<Finding> examine_device(const DeviceAddress& device);

}  // namespace openbar
