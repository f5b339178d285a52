/// Where disks are mounted, which are swap space, and which are taken in any other way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace openbar::binding {

/// `number` is "major:minor" and `node` "/dev/…" of a block device.
[[nodiscard]] std::vector<std::string> mount_points(std::string_view number, std::string_view node);
[[nodiscard]] bool is_swap(std::string_view node);
/// Whether the kernel, for a file system of whatever kind or place, or a program, has taken the
/// disk for itself alone. Known to those who may open the disk; others get false.
[[nodiscard]] bool is_taken(std::string_view node);

}  // namespace openbar::binding
