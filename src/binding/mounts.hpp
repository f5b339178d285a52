/// Where disks are mounted, and which are swap space.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace openbar::binding {

/// `number` is "major:minor" and `node` "/dev/…" of a block device.
[[nodiscard]] std::vector<std::string> mount_points(std::string_view number, std::string_view node);
[[nodiscard]] bool is_swap(std::string_view node);

}  // namespace openbar::binding
