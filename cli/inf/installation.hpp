/// The INF by which Windows installs openbar for somebody's device.
///
///     Installation card{.name = "My card", .hardware_id = *pci_hardware_id({0x1234, 0x11e8})};
///     auto text = inf_text(card);
///
/// The templates are those of driver/windows/install; what they say of a field holds here.
#pragma once

#include "openbar/result.hpp"

#include "driver/interface/openbar_permit.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::cli {

/// What the administrator lets the card do on the bus by itself: the registry value DmaPolicy.
enum class DmaPolicy : std::uint8_t { off, messages, on };

struct PciIds {
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::optional<std::uint16_t> subsystem_vendor{};
    std::optional<std::uint16_t> subsystem{};
};

/// A range of a board that is not on PCI: bytes `first` to `last`.
struct FixedRange {
    bool ports = false;  ///< else memory
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

struct Installation {
    std::string name;         ///< what the device manager shows, UTF-8
    std::string hardware_id;  ///< "PCI\VEN_1234&DEV_11E8", "root\my_board"
    DmaPolicy dma = DmaPolicy::off;
    unsigned address_bits = 32;            ///< address lines of the card: 32 or 64
    std::uint32_t message_interrupts = 0;  ///< 0: line-based only
    std::vector<FixedRange> ranges{};      ///< not empty: openbar_fixed, which is not for PCI
    std::vector<PciIds> functions{};       ///< those that the driver may drive
    bool dma_without_iommu = false;        ///< the driver allows bus mastering without isolation
    std::array<unsigned, 3> date{};        ///< year, month, day
    std::array<std::uint16_t, 4> version{};

    [[nodiscard]] bool fixed() const noexcept { return !ranges.empty(); }
    /// "openbar" or "openbar_fixed": the driver as it was built.
    [[nodiscard]] std::string_view driver() const noexcept {
        return fixed() ? "openbar_fixed" : "openbar";
    }
    /// Of the INF, its catalog, the driver and its service, without an extension:
    /// "openbar_ven_1234_dev_11e8". Windows has one service and one file of each name, so two
    /// packages must not share theirs.
    [[nodiscard]] std::string file_name() const;
};

/// As Windows writes it. Source: windows-driver-docs, install/identifiers-for-pci-devices.md.
[[nodiscard]] std::string pci_hardware_id(const PciIds& ids);
/// The reverse; nothing where the id does not name vendor and device.
[[nodiscard]] std::optional<PciIds> pci_ids_of(std::string_view hardware_id);

/// What the driver of this installation may drive. Error: invalid_argument, too much of it.
[[nodiscard]] Result<openbar_permit> permit_of(const Installation& installation);

/// The INF's text, UTF-8. Error: invalid_argument, where a field cannot be in an INF.
[[nodiscard]] Result<std::string> inf_text(const Installation& installation);

/// As it is put into a file: line ends as Windows has them, and UTF-16 with a byte order mark
/// where the text is more than ASCII, which setup would read in the machine's own code page.
[[nodiscard]] std::string file_bytes(std::string_view text);

}  // namespace openbar::cli
