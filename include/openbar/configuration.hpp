/// The configuration space of a PCI function: standard registers and capabilities by name.
///
///     auto configuration = device.configuration().value();
///     auto vendor = configuration.read(openbar::configuration::vendor_id).value();
///     for (const auto& capability : configuration.capabilities().value())
///         std::cout << capability.name << " at " << capability.offset << "\n";
///     // prints MSI at 64
///
/// Names, offsets and widths: PCI Local Bus Specification 3.0, chapter 6 and appendix H (as in
/// `linux/pci_regs.h`); extended capabilities: PCI Express Base Specification, chapter 7.
#pragma once

#include "openbar/pci_registers.hpp"
#include "openbar/region.hpp"
#include "openbar/result.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace openbar {

/// A named register of the header, or of a capability relative to the capability's start.
struct ConfigurationRegister {
    std::string_view name;     ///< as setpci spells it, in lower case: "vendor_id", "bar0"
    std::uint16_t offset = 0;  ///< bytes
    std::uint8_t width = 4;    ///< bytes: 1, 2 or 4
    std::string_view meaning{};
};

namespace configuration {
inline constexpr ConfigurationRegister vendor_id{"vendor_id", pci::vendor_id, 2, "vendor"};
inline constexpr ConfigurationRegister device_id{"device_id", pci::device_id, 2, "device"};
inline constexpr ConfigurationRegister command{"command", pci::command, 2,
                                               "what the function may do"};
inline constexpr ConfigurationRegister status{"status", pci::status, 2, "events and abilities"};

/// Every register of a type-0 header, by rising offset.
[[nodiscard]] std::span<const ConfigurationRegister> header_registers() noexcept;
/// The register of that name, in upper or lower case; nullptr if there is none.
[[nodiscard]] const ConfigurationRegister* find(std::string_view name) noexcept;
}  // namespace configuration

/// One entry of the capability list.
struct PciCapability {
    std::uint16_t id = 0;
    std::uint16_t offset = 0;  ///< bytes from the start of the configuration space
    bool extended = false;     ///< in the PCI Express part, from 0x100 on
    std::uint8_t version = 0;  ///< of an extended capability
    std::string_view name{};   ///< "MSI-X"; "unknown" if openbar has no name for the id
};

/// Thread-safety: that of `Region`. `capabilities`, and a read followed by a write, are several
/// accesses: another program may access the configuration space in between.
class Configuration {
public:
    explicit Configuration(Region region) noexcept : region_(std::move(region)) {}

    /// Reads or writes a register of the header with one access of its width. The system owns some
    /// registers, such as the BARs: vfio changes a copy that only the program sees
    /// (drivers/vfio/pci/vfio_pci_config.c), and the Windows driver refuses the write
    /// (docs/driver-contract.md). Errors: those of `Region::read` and `Region::write`.
    [[nodiscard]] Result<std::uint32_t> read(const ConfigurationRegister& which) const;
    [[nodiscard]] Result<void> write(const ConfigurationRegister& which, std::uint32_t value) const;

    /// The capabilities in the order of the list, then the extended ones. Error: protocol if the
    /// list is circular or points outside.
    [[nodiscard]] Result<std::vector<PciCapability>> capabilities() const;

    /// The region itself, for offsets without a name.
    [[nodiscard]] const Region& region() const noexcept { return region_; }

private:
    Region region_;
};

}  // namespace openbar
