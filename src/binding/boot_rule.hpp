/// The udev rule that binds a function at each boot.
///
/// It names the ids of the card as well, so that another card in the same slot is left alone. It is
/// applied before the system loads the card's usual driver.
/// Source: udev(7); Documentation/ABI/testing/sysfs-bus-pci of the Linux kernel (drivers_probe).
#pragma once

#include "openbar/binding.hpp"
#include "openbar/pci.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace openbar::binding {

/// "/etc/udev/rules.d/50-openbar-0000:03:00.0.rules"
[[nodiscard]] std::string boot_rule_file(const PciAddress& address);
[[nodiscard]] bool is_boot_rule_file(std::string_view file);

/// Errors: unsupported (no udev); invalid_argument (a driver that a rule cannot name).
[[nodiscard]] Result<std::string> boot_rule(const PciFunction& function, std::string_view driver);

/// The present rule; empty if there is none.
[[nodiscard]] std::string present_boot_rule(const PciAddress& address);
/// The driver that a rule binds to.
[[nodiscard]] std::string driver_of(const std::string& rule);

/// Replaces the rule in one step; an empty text removes it.
[[nodiscard]] Result<void> write_boot_rule(const BindingStep& step);

}  // namespace openbar::binding
