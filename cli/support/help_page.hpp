/// The text of `openbar --help` and `openbar COMMAND --help`.
#pragma once

#include "cli/command.hpp"

#include <span>
#include <string>

namespace CLI {
class App;
}

namespace openbar::cli {

[[nodiscard]] std::string help_of_program(std::span<const Command* const> commands);
/// "usage: openbar read DEVICE …", with a newline at its end.
[[nodiscard]] std::string usage_of(const Command& command);
/// `app` has the command's arguments declared; their descriptions become the page's.
[[nodiscard]] std::string help_of_command(const Command& command, const CLI::App& app);

}  // namespace openbar::cli
