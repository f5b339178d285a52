/// Attributes of sysfs: one small text file each.
#pragma once

#include "openbar/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace openbar::sysfs {

/// The attribute's text without the newline at its end. Empty where it is absent or unreadable.
[[nodiscard]] std::optional<std::string> read_text(const std::string& path);
/// The number it holds, in decimal or as 0x….
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::string& path);
/// The last part of what a link points to: the name of a driver, the number of a group.
[[nodiscard]] std::string link_target_name(const std::string& path);
/// Writes an attribute in one write, as sysfs wants it.
[[nodiscard]] Result<void> write_text(const std::string& path, const std::string& text);

}  // namespace openbar::sysfs
