/// What bind and unbind have in common: showing a change, and carrying it out.
#pragma once

#include "openbar/binding.hpp"

#include "cli/command.hpp"
#include "cli/support/command_line.hpp"

namespace openbar::cli {

void add_dry_run(CommandLine& line, bool& dry_run);

/// Carries the change out, or with `dry_run` prints what that would do. Warnings go to
/// `console.diagnostics`.
[[nodiscard]] Result<ExitCode> apply(const BindingChange& change, bool dry_run, Console& console);

}  // namespace openbar::cli
