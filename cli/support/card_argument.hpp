/// CARD on the command line: a description file, PCI ids, a card by its name, or a device.
#pragma once

#include "openbar/description.hpp"

#include "cli/support/command_line.hpp"

#include <string>

namespace openbar::cli {

/// Takes "card.svd", "1234:11e8", "edu", and device addresses, of which no register is accessed.
[[nodiscard]] Result<Description> read_card(const std::string& card);

void add_card(CommandLine& line, std::string& card);

}  // namespace openbar::cli
