/// The capabilities that openbar knows the registers of, and the names by which setpci calls them.
#pragma once

#include "cli/configuration/fields.hpp"

#include <optional>

namespace openbar::cli {

struct CapabilityLayout {
    std::uint16_t id = 0;
    bool extended = false;
    std::string_view setpci_name;  ///< without CAP_ or ECAP_: "MSI"
    std::span<const RegisterLayout> registers{};
};

/// Null where openbar has no name for it.
[[nodiscard]] const CapabilityLayout* find_capability_layout(std::uint16_t id, bool extended);
[[nodiscard]] const CapabilityLayout* find_capability_layout(std::string_view setpci_name,
                                                             bool extended);
/// "CAP_MSI", "ECAP_AER": every name, for suggestions.
[[nodiscard]] std::vector<std::string> capability_names();

/// In separate files, because they are long, or from another specification.
[[nodiscard]] std::span<const RegisterLayout> pci_express_registers();
[[nodiscard]] std::span<const RegisterLayout> error_reporting_registers();
[[nodiscard]] std::span<const RegisterLayout> vendor_specific_registers();

}  // namespace openbar::cli
