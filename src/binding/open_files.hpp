/// Which programs have a device's nodes or files open.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace openbar::binding {

struct DeviceNode {
    std::string path;    ///< "/dev/uio0"
    std::string number;  ///< "major:minor"; empty where only the path is known
};

struct OpenFile {
    std::string process;  ///< its id
    std::string program;  ///< its name
    std::string path;
};

/// Looks through /proc/*/fd, as far as this user may. A node is known by its path and, when it was
/// opened by another path, by its number; files below `device_directory` (resource0, config) count
/// as the device's too.
[[nodiscard]] std::vector<OpenFile> who_has_open(std::span<const DeviceNode> nodes,
                                                 const std::string& device_directory);

}  // namespace openbar::binding
