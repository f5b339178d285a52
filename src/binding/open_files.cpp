#include "binding/open_files.hpp"

#include "backends/sysfs/attribute.hpp"
#include "base/system_root.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

namespace openbar::binding {
namespace {

namespace fs = std::filesystem;

/// "major:minor" of the device node behind `path`; empty where it is none.
std::string number_of(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) return {};
    return fmt::format("{}:{}", major(status.st_rdev), minor(status.st_rdev));
}

bool concerns(const fs::path& descriptor, const std::string& target,
              std::span<const DeviceNode> nodes, const std::string& device_directory) {
    if (target.starts_with(device_directory + "/")) return true;
    if (std::ranges::any_of(
            nodes, [&](const DeviceNode& node) { return target == system_path(node.path); }))
        return true;
    // Asking only nodes keeps clear of network file systems that do not answer.
    if (!target.starts_with("/dev/")) return false;
    const std::string number = number_of(descriptor);
    return !number.empty() && std::ranges::find(nodes, number, &DeviceNode::number) != nodes.end();
}

}  // namespace

std::vector<OpenFile> who_has_open(std::span<const DeviceNode> nodes,
                                   const std::string& device_directory) {
    std::vector<OpenFile> found;
    std::error_code error;
    fs::directory_iterator processes(system_path("/proc"), error);
    for (; !error && processes != fs::directory_iterator(); processes.increment(error)) {
        const fs::path process = processes->path();
        const std::string id = process.filename().string();
        if (!std::isdigit(static_cast<unsigned char>(id.front()))) continue;
        std::vector<std::string> paths;
        std::error_code gone;
        fs::directory_iterator descriptors(process / "fd", gone);
        for (; !gone && descriptors != fs::directory_iterator(); descriptors.increment(gone)) {
            std::error_code unreadable;
            const std::string target = fs::read_symlink(descriptors->path(), unreadable).string();
            if (!unreadable && std::ranges::find(paths, target) == paths.end() &&
                concerns(descriptors->path(), target, nodes, device_directory))
                paths.push_back(target);
        }
        const std::string program = sysfs::read_text((process / "comm").string()).value_or("?");
        for (std::string& path : paths) found.push_back({id, program, std::move(path)});
    }
    return found;
}

}  // namespace openbar::binding
