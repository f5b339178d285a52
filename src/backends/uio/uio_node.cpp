#include "backends/uio/uio_node.hpp"

#include "openbar/address.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"
#include "base/system_root.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace openbar::uio {

std::optional<unsigned> find_node(const std::string& device_directory) {
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(device_directory + "/uio", error)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("uio")) continue;
        if (const auto number = parse_number(name.substr(3))) return static_cast<unsigned>(*number);
    }
    return std::nullopt;
}

Result<FileDescriptor> open_node(unsigned number) {
    const std::string path = fmt::format("/dev/uio{}", number);
    FileDescriptor node = system_calls::open(system_path(path), O_RDWR);
    if (node) return node;
    const int error = errno;
    const std::string hint =
        error == EACCES ? fmt::format("sudo chown $USER {}", path)
                        : (error == ENOENT ? "see whether udev or devtmpfs runs here" : "");
    return system_failure(error, path, hint);
}

}  // namespace openbar::uio
