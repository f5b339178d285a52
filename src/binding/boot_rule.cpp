#include "binding/boot_rule.hpp"

#include "base/failure.hpp"
#include "base/system_root.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace openbar::binding {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view folder = "/etc/udev/rules.d";
constexpr std::string_view prefix = "/etc/udev/rules.d/50-openbar-";
constexpr std::string_view override_key = "ATTR{driver_override}=\"";

bool is_plain(std::string_view driver) {
    return !driver.empty() && std::ranges::all_of(driver, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
    });
}

Error failed(std::string_view file) {
    return system_failure(errno, std::string(file),
                          errno == EACCES ? "do it as root: sudo openbar …" : "");
}

}  // namespace

std::string boot_rule_file(const PciAddress& address) {
    return fmt::format("{}{}.rules", prefix, address.to_string());
}

bool is_boot_rule_file(std::string_view file) {
    return file.starts_with(prefix);
}

Result<std::string> boot_rule(const PciFunction& function, std::string_view driver) {
    std::error_code error;
    if (!fs::is_directory(system_path("/etc/udev"), error))
        return failure(ErrorCode::unsupported,
                       "a binding over reboots needs udev, and there is no /etc/udev",
                       "bind the function in the system's own start script");
    if (!is_plain(driver))
        return failure(ErrorCode::invalid_argument,
                       fmt::format("a udev rule cannot name the driver '{}'", driver));
    const std::string address = function.address.to_string();
    return fmt::format(
        "# Undo it by: sudo openbar unbind {0} --persistent\n"
        "ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"{0}\", ATTR{{vendor}}==\"{1:#06x}\", "
        "ATTR{{device}}==\"{2:#06x}\", {3}{4}\", RUN{{builtin}}+=\"kmod load {4}\", "
        "RUN+=\"/bin/sh -c 'echo {0} > /sys/bus/pci/drivers_probe'\"\n",
        address, function.identity.vendor, function.identity.device, override_key, driver);
}

std::string present_boot_rule(const PciAddress& address) {
    std::ifstream file(system_path(boot_rule_file(address)), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string driver_of(const std::string& rule) {
    const std::size_t key = rule.find(override_key);
    if (key == std::string::npos) return {};
    const std::size_t start = key + override_key.size();
    return rule.substr(start, rule.find('"', start) - start);
}

Result<void> write_boot_rule(const BindingStep& step) {
    const std::string path = system_path(step.file);
    if (step.text.empty()) return ::remove(path.c_str()) == 0 ? Result<void>() : failed(step.file);
    std::error_code error;
    fs::create_directories(system_path(folder), error);
    const std::string part = path + ".part";  // udev ignores the name
    errno = 0;
    std::ofstream file(part, std::ios::binary);
    file << step.text << std::flush;
    if (!file || ::rename(part.c_str(), path.c_str()) != 0) {
        auto failure = failed(step.file);
        ::remove(part.c_str());
        return failure;
    }
    return {};
}

}  // namespace openbar::binding
