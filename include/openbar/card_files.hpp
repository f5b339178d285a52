/// The description of a device, by its PCI ids.
///
///     auto card = openbar::find_card({.vendor = 0x8086, .device = 0x100e});
///     std::cout << card->find_register("CTRL")->offset() << "\n";
///
/// Card files are looked for in these places, and the first place that has one for the device counts:
/// the files and folders of $OPENBAR_CARDS, the user's configuration folder
/// ($XDG_CONFIG_HOME/openbar/cards or ~/.config/openbar/cards; on Windows %APPDATA%\openbar\cards),
/// the system's (/etc/openbar/cards; on Windows %PROGRAMDATA%\openbar\cards), openbar itself.
#pragma once

#include "openbar/description.hpp"

#include <filesystem>
#include <vector>

namespace openbar {

/// The files and folders that are looked at, in their order.
[[nodiscard]] std::vector<std::filesystem::path> card_places();

/// The description of the device with these ids: from `file` if one is given, else from the first
/// place that has a card file for it. In one place a card file that names the device's subsystem
/// goes before one that does not.
/// Errors: not_found, with the places; invalid_argument if `file` is for another card; ambiguous if
/// a folder has two files for the device; those of `Description::read`.
[[nodiscard]] Result<Description> find_card(const description::PciIds& ids,
                                            const std::filesystem::path& file = {});

/// Whether a card file for `card` is one for `device`: 0xffff in the card's subsystem fits any.
[[nodiscard]] bool fits(const description::PciIds& card,
                        const description::PciIds& device) noexcept;

}  // namespace openbar
