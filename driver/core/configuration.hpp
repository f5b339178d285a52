/// What the configuration space of a PCI function says, and which of its bytes may be written.
///
///     Configuration configuration;
///     configuration.read(kernel);
///     if (!configuration.may_write(offset, width)) return Status::protected_bytes;
///
/// Offsets and bits are those of the PCI Local Bus Specification 3.0, chapter 6, and the PCI
/// Express Base Specification 3.0, chapter 7.
#pragma once

#include "openbar/pci_registers.hpp"

#include "driver/core/kernel.hpp"

#include <cstdint>

namespace openbar::driver {

struct Bar {
    bool present = false;
    bool is_port = false;
    bool is_64bit = false;
    std::uint64_t address = 0;
};

namespace pci = openbar::pci;

struct Configuration {
    bool readable = false;
    std::uint32_t size = 0;  ///< 256 or 4096 bytes
    std::uint16_t vendor = 0, device = 0, subsystem_vendor = 0, subsystem = 0;
    std::uint32_t class_code = 0;
    std::uint8_t revision = 0;
    std::uint8_t header_type = 0;
    Bar bars[7]{};                       ///< the seventh is the ROM
    std::uint8_t express = 0;            ///< offset of the PCI Express capability, 0: none
    std::uint8_t advanced_features = 0;  ///< of the conventional Advanced Features capability
    std::uint8_t msi = 0;
    std::uint8_t msix = 0;
    std::uint16_t msix_count = 0;
    std::uint8_t msix_bar = 0;
    std::uint32_t msix_offset = 0;
    std::uint8_t writable[4096 / 8]{};  ///< a bit a byte

    /// Reads all of it again; `readable` stays false where there is none to read. Writes nothing.
    void read(Kernel& kernel);

    /// Whether every byte of them may be written by request. Default deny: see the table in
    /// docs/driver-contract.md.
    [[nodiscard]] bool may_write(std::uint32_t offset, std::uint32_t length) const;
};

/// One value of `width` 1, 2 or 4 bytes; false where the bus did not read it. Any IRQL.
[[nodiscard]] bool read_field(Kernel& kernel, std::uint32_t offset, unsigned width,
                              std::uint32_t& value);
[[nodiscard]] bool write_field(Kernel& kernel, std::uint32_t offset, unsigned width,
                               std::uint32_t value);

}  // namespace openbar::driver
