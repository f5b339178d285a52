#include "cli/support/pci_names.hpp"

#include <array>
#include <cstdlib>

extern "C" {
#include <pci/pci.h>
}

namespace openbar::cli {

namespace {

// pci_init would set these, but it also looks for a way to the devices' configuration spaces,
// and ends the program where it finds none. Names need neither.
void say_nothing(char*, ...) {}
__attribute__((noreturn)) void give_up(char*, ...) {  // a part of the type that libpci wants
    std::abort();
}

}  // namespace

struct PciNames::List {
    List() : access(pci_alloc()) {
        access->error = give_up;
        access->warning = say_nothing;
        access->debug = say_nothing;
        // No cache of names that came from the network: libpci 3.13 leaks its path.
        char cache[] = "net.cache_name";
        char none[] = "";
        pci_set_param(access, cache, none);
    }
    ~List() { pci_cleanup(access); }

    // From the local list only: neither from the network nor from udev, which libpci leaks.
    template <typename... Ids>
    std::string look_up(int what, Ids... ids) const {
        std::array<char, 256> buffer{};
        const char* name = pci_lookup_name(access, buffer.data(), static_cast<int>(buffer.size()),
                                           what | PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB,
                                           static_cast<int>(ids)...);
        return name == nullptr ? std::string() : std::string(name);
    }

    pci_access* access;
};

PciNames::PciNames() : list_(std::make_unique<List>()) {}
PciNames::~PciNames() = default;

std::string PciNames::vendor(const PciIdentity& identity) const {
    return list_->look_up(PCI_LOOKUP_VENDOR, identity.vendor);
}

std::string PciNames::device(const PciIdentity& identity) const {
    return list_->look_up(PCI_LOOKUP_DEVICE, identity.vendor, identity.device);
}

std::string PciNames::subsystem(const PciIdentity& identity) const {
    return list_->look_up(PCI_LOOKUP_SUBSYSTEM | PCI_LOOKUP_DEVICE, identity.vendor,
                          identity.device, identity.subsystem_vendor, identity.subsystem);
}

std::string PciNames::class_name(const PciIdentity& identity) const {
    return list_->look_up(PCI_LOOKUP_CLASS, identity.class_code >> 8);
}

}  // namespace openbar::cli
