// Formats: proc(5), /proc/PID/mountinfo and /proc/swaps. O_EXCL of a block device: open(2).
#include "binding/mounts.hpp"

#include "base/system_calls.hpp"
#include "base/system_root.hpp"

#include <fcntl.h>

#include <cerrno>
#include <fstream>
#include <sstream>

namespace openbar::binding {
namespace {

/// Spaces and the like are written in octal: "\040".
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || text.size() - at < 4) {
            plain.push_back(text[at]);
            continue;
        }
        const auto digit = [&](std::size_t which) { return text[at + which] - '0'; };
        plain.push_back(static_cast<char>(digit(1) * 64 + digit(2) * 8 + digit(3)));
        at += 3;
    }
    return plain;
}

}  // namespace

std::vector<std::string> mount_points(std::string_view number, std::string_view node) {
    std::vector<std::string> points;
    std::ifstream file(system_path("/proc/self/mountinfo"));
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string id, parent, device, root, point, word;
        words >> id >> parent >> device >> root >> point;
        while (words >> word && word != "-") {
        }
        std::string type, source;
        words >> type >> source;
        // btrfs has separate numbers, and names the disk as its source.
        if (device == number || source == node) points.push_back(unescaped(point));
    }
    return points;
}

bool is_swap(std::string_view node) {
    std::ifstream file(system_path("/proc/swaps"));
    for (std::string line; std::getline(file, line);)
        if (line.substr(0, line.find_first_of(" \t")) == node) return true;
    return false;
}

bool is_taken(std::string_view node) {
    // Without waiting: a drive is not made to look for its medium.
    const FileDescriptor alone =
        system_calls::open(system_path(node), O_RDONLY | O_EXCL | O_NONBLOCK);
    return !alone && errno == EBUSY;
}

}  // namespace openbar::binding
