// Reads a tree that the kernel shows as directories (nodes) and files (properties):
// /proc/device-tree (Linux, Documentation/ABI/testing/sysfs-firmware-ofw).
#include "base/failure.hpp"
#include "device_tree/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace openbar::device_tree {
namespace {

namespace fs = std::filesystem;

class DirectoryReader {
public:
    explicit DirectoryReader(const fs::path& directory) { tree_.origin = directory.string(); }

    Result<Tree> read(const fs::path& directory) {
        OPENBAR_TRY(read, read_node(directory, tree_.add_node(no_node, ""), 0));
        tree_.index_phandles();
        return std::move(tree_);
    }

private:
    Result<void> read_node(const fs::path& directory, NodeIndex node, std::size_t depth) {
        if (depth > DeviceTree::deepest_nesting)
            return failure(ErrorCode::protocol,
                           fmt::format("{} is nested deeper than {} nodes", directory.string(),
                                       DeviceTree::deepest_nesting));
        std::error_code error;
        std::vector<fs::directory_entry> entries;
        for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
             entry.increment(error))
            entries.push_back(*entry);
        if (error) return system_failure(error.value(), directory.string());
        std::ranges::sort(entries, {}, [](const auto& entry) { return entry.path(); });
        for (const auto& entry : entries) {
            // Symbolic links are nobody's property or child; following them could go in circles.
            const fs::file_status status = entry.symlink_status(error);
            Result<void> taken{};
            if (fs::is_directory(status)) {
                taken =
                    read_node(entry.path(), tree_.add_node(node, entry.path().filename().string()),
                              depth + 1);
            } else if (fs::is_regular_file(status)) {
                taken = read_property(entry.path(), node);
            }
            if (!taken) return taken;
        }
        return {};
    }

    Result<void> read_property(const fs::path& file, NodeIndex node) {
        errno = 0;
        std::ifstream stream(file, std::ios::binary);
        // The kernel hides "security-*" properties from everyone but root; the rest is of use.
        if (!stream && errno == EACCES) return {};
        if (!stream) return system_failure(errno, file.string());
        Property property{.name = file.filename().string()};
        char buffer[4096];
        while (stream.read(buffer, sizeof buffer), stream.gcount() > 0) {
            const auto* bytes = reinterpret_cast<const std::byte*>(buffer);
            property.value.insert(property.value.end(), bytes, bytes + stream.gcount());
            total_ += static_cast<std::size_t>(stream.gcount());
            if (total_ > DeviceTree::largest_blob)
                return failure(
                    ErrorCode::resource_exhausted,
                    fmt::format("its properties exceed {} bytes", DeviceTree::largest_blob));
        }
        if (stream.bad()) return system_failure(errno, file.string());
        tree_.nodes[node].properties.push_back(std::move(property));
        return {};
    }

    Tree tree_;
    std::size_t total_ = 0;
};

}  // namespace

Result<Tree> read_directory(const fs::path& directory) {
    return DirectoryReader(directory).read(directory);
}

}  // namespace openbar::device_tree
