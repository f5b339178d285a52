/// Where /sys, /dev and /proc are: at the root, except in tests, which lay out a separate tree.
#pragma once

#include <string>
#include <string_view>

namespace openbar {

/// "/sys/bus/pci" → the same, below the test root where one is set.
[[nodiscard]] std::string system_path(std::string_view absolute);

/// For tests only, before any thread starts. An empty root restores the real one.
void set_system_root_for_tests(std::string root);

}  // namespace openbar
