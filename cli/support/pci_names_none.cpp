#include "cli/support/pci_names.hpp"

namespace openbar::cli {

struct PciNames::List {};

PciNames::PciNames() = default;
PciNames::~PciNames() = default;

std::string PciNames::vendor(const PciIdentity&) const {
    return {};
}
std::string PciNames::device(const PciIdentity&) const {
    return {};
}
std::string PciNames::subsystem(const PciIdentity&) const {
    return {};
}
std::string PciNames::class_name(const PciIdentity&) const {
    return {};
}

}  // namespace openbar::cli
