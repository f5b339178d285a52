/// The description of a device, by its PCI ids.
///
///     auto card = openbar::find_card({.vendor = 0x8086, .device = 0x100e}).value();
///     std::cout << card.find_register("CTRL").value().offset() << "\n";              // prints 0
///
/// The first of these places that has a card file for the device is used: the files and folders of
/// $OPENBAR_CARDS; the user's configuration folder ($XDG_CONFIG_HOME/openbar/cards or
/// ~/.config/openbar/cards; on Windows `%APPDATA%\openbar\cards`); the system's (/etc/openbar/cards;
/// on Windows `%PROGRAMDATA%\openbar\cards`); openbar itself.
#pragma once

#include "openbar/description.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace openbar {

/// The files and folders of the search, in order.
[[nodiscard]] std::vector<std::filesystem::path> card_places();

/// The description of the device with these ids: from `file` if one is given, else from the first
/// place that has a card file for it. Within a place, a card file with the device's subsystem is
/// preferred. Errors: not_found, with the places; invalid_argument (`file` is for another card);
/// ambiguous (a folder has two files for the device); those of `Description::read`.
[[nodiscard]] Result<Description> find_card(const description::PciIds& ids,
                                            const std::filesystem::path& file = {});

/// The description that people name: a file of any format; PCI ids, "1234:11e8"; or a card file of
/// the search, by its name without ".json", "edu". Errors: not_found; those of `Description::read`.
[[nodiscard]] Result<Description> open_card(const std::string& name);

/// Whether a card file for `card` applies to `device`: 0xffff in the card's subsystem matches any.
[[nodiscard]] bool fits(const description::PciIds& card,
                        const description::PciIds& device) noexcept;

}  // namespace openbar
