#include "backends/sysfs/attribute.hpp"

#include "openbar/address.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace openbar::sysfs {

std::optional<std::string> read_text(const std::string& path) {
    std::ifstream file(path);
    if (!file) return std::nullopt;
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) return std::nullopt;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

std::optional<std::uint64_t> read_number(const std::string& path) {
    const auto text = read_text(path);
    if (!text) return std::nullopt;
    const auto number = parse_number(*text);
    return number ? std::optional(*number) : std::nullopt;
}

std::string link_target_name(const std::string& path) {
    std::error_code error;
    return std::filesystem::read_symlink(path, error).filename().string();
}

Result<void> write_text(const std::string& path, const std::string& text) {
    const FileDescriptor file = system_calls::open(path, O_WRONLY);
    if (!file) return system_failure(errno, path);
    const auto written = system_calls::pwrite(file.get(), text.data(), text.size(), 0);
    if (written != static_cast<ssize_t>(text.size()))
        return system_failure(written < 0 ? errno : EIO, path);
    return {};
}

}  // namespace openbar::sysfs
