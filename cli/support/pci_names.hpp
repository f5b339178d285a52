/// What vendors, devices and classes are called (the pci.ids list).
///
/// pci_names_libpci.cpp asks libpci; pci_names_none.cpp, where there is none, knows no names.
#pragma once

#include "openbar/device.hpp"

#include <memory>
#include <string>

namespace openbar::cli {

class PciNames {
public:
    PciNames();
    ~PciNames();
    PciNames(const PciNames&) = delete;
    PciNames& operator=(const PciNames&) = delete;

    /// Each is empty where the list has no name.
    [[nodiscard]] std::string vendor(const PciIdentity& identity) const;
    [[nodiscard]] std::string device(const PciIdentity& identity) const;
    [[nodiscard]] std::string subsystem(const PciIdentity& identity) const;
    [[nodiscard]] std::string class_name(const PciIdentity& identity) const;
    /// "Intel Corporation 82540EM Gigabit Ethernet Controller": as much as is known.
    [[nodiscard]] std::string full_name(const PciIdentity& identity) const;

private:
    struct List;
    std::unique_ptr<List> list_;
};

}  // namespace openbar::cli
