#include "diagnosis/linux_facts.hpp"

#include "base/system_root.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace openbar::facts {

namespace fs = std::filesystem;

bool is_root() {
    return ::geteuid() == 0;
}

bool exists(std::string_view path) {
    std::error_code error;
    return fs::exists(system_path(path), error);
}

std::size_t count_entries(std::string_view path) {
    std::error_code error;
    const fs::directory_iterator entries(system_path(path), error);
    if (error) return 0;
    return static_cast<std::size_t>(std::distance(entries, fs::directory_iterator()));
}

bool may_use(std::string_view path) {
    return ::access(system_path(path).c_str(), R_OK | W_OK) == 0;
}

std::optional<std::string> kernel_option(std::string_view name) {
    utsname system{};
    if (::uname(&system) != 0) return std::nullopt;
    std::ifstream file(system_path(std::string("/boot/config-") + system.release));
    if (!file) return std::nullopt;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(std::string(name) + "=")) return line.substr(name.size() + 1);
    return "n";
}

}  // namespace openbar::facts
