/// What `openbar doctor` found out, one thing each.
#pragma once

#include "openbar/address.hpp"

#include <string>
#include <vector>

namespace openbar::cli {

enum class Severity {
    good,     ///< as it should be
    note,     ///< closes one of several ways
    warning,  ///< will surprise somebody
    problem,  ///< prevents the use
};

struct Finding {
    Severity severity = Severity::good;
    std::string subject;  ///< "IOMMU", "/dev/vfio/3"
    std::string text;     ///< what is so
    std::string hint{};   ///< the command that changes it
};

/// What the machine offers to every device. Each system has its own (machine_linux.cpp,
/// machine_windows.cpp).
[[nodiscard]] std::vector<Finding> examine_machine();

/// The problems of one PCI function, without opening it.
[[nodiscard]] std::vector<Finding> examine_function(const PciAddress& address);

}  // namespace openbar::cli
