#include "cli/support/pci_names.hpp"

namespace openbar::cli {

std::string PciNames::full_name(const PciIdentity& identity) const {
    std::string name = vendor(identity);
    if (const std::string what = device(identity); !what.empty())
        name += (name.empty() ? "" : " ") + what;
    return name;
}

}  // namespace openbar::cli
