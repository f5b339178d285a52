/// Small questions to a Linux system. Paths are below the test root where one is set.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace openbar::facts {

[[nodiscard]] bool is_root();
[[nodiscard]] bool exists(std::string_view path);
/// Entries of a folder; 0 where there is none.
[[nodiscard]] std::size_t count_entries(std::string_view path);
/// Whether this user may open the file for reading and writing.
[[nodiscard]] bool may_use(std::string_view path);
/// The value of an option of the running kernel, "y", "m" or "n"; nothing where its configuration
/// is not available (/boot/config-RELEASE).
[[nodiscard]] std::optional<std::string> kernel_option(std::string_view name);

}  // namespace openbar::facts
