/// The whole program behind `main`, so that tests can run it and read its output.
#pragma once

#include "cli/command.hpp"

#include <span>
#include <string>

namespace openbar::cli {

/// `arguments` without the program's name. Reports errors on `diagnostics`.
[[nodiscard]] ExitCode run_program(std::span<const std::string> arguments, Output& out,
                                   Output& diagnostics);

}  // namespace openbar::cli
