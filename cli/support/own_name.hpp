/// Commands in hints, as they can be typed: a program that was not found by its name in PATH (a tree
/// that is not installed) is named by the path that it was called by.
///
///     openbar bind 00:04.0 vfio-pci      ->      build/cli/openbar bind 00:04.0 vfio-pci
#pragma once

#include <string>
#include <string_view>

namespace openbar::cli {

/// Notes how the program was called: `argv[0]`. Once, at the start.
void note_own_name(std::string_view called_as);

/// `text` with each command that begins with "openbar" made one that can be typed.
[[nodiscard]] std::string typeable(std::string_view text);

}  // namespace openbar::cli
