// The ways to a device on Windows: a PCI function or a path, to the interface that openbar.sys has
// given it.
#include "backends/open_backend.hpp"
#include "backends/windows/description.hpp"
#include "backends/windows/device_interfaces.hpp"
#include "backends/windows/driver_handle.hpp"
#include "backends/windows/windows_backend.hpp"
#include "base/failure.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace openbar {
namespace {

using windows::InstalledDevice;

bool is_at(const InstalledDevice& device, const PciAddress& address) {
    if (device.pci) return *device.pci == address;
    const auto description = windows::DriverHandle::look_at(device.interface_path);
    return description && windows::address_of(*description) == address;
}

bool same_name(std::string_view one, std::string_view other) {
    const auto lower = [](unsigned char c) { return std::tolower(c); };
    return std::ranges::equal(one, other, {}, lower, lower);
}

template <typename Matches, typename Otherwise>
OpenedBackend open_served(Matches matches, const std::string& address, OpenOptions options,
                          Otherwise otherwise) {
    OPENBAR_TRY(devices, windows::served_devices());
    const auto found = std::ranges::find_if(devices, matches);
    if (found == devices.end()) return otherwise();
    return windows::open_backend(*found, address, options);
}

}  // namespace

std::optional<BackendKind> backend_for(const PciFunction& function) noexcept {
    if (function.kernel_driver.starts_with("openbar")) return BackendKind::windows;
    return std::nullopt;
}

OpenedBackend open_function(const PciFunction& function, std::optional<BackendKind> forced,
                            OpenOptions options) {
    if (forced.value_or(BackendKind::windows) != BackendKind::windows)
        return failure(
            ErrorCode::unsupported,
            fmt::format("the back end {} does not exist on this system", to_string(*forced)),
            "use windows:, or nothing before the address");
    OPENBAR_TRY(without, require_no_vf_token(options));
    const auto matches = [&](const InstalledDevice& device) {
        return is_at(device, function.address);
    };
    const auto otherwise = [&] {
        return failure(
            ErrorCode::busy,
            function.kernel_driver.empty()
                ? std::string("no driver is installed for it")
                : fmt::format("the driver {} has it", function.kernel_driver),
            "install openbar.sys for it, by an INF with its ids: driver/windows/install");
    };
    return open_served(matches, DeviceAddress{function.address, forced}.to_string(), options,
                       otherwise);
}

OpenedBackend open_device_path(const DevicePath& path, const std::string& address,
                               OpenOptions options) {
    const auto matches = [&](const InstalledDevice& device) {
        return same_name(device.instance_id, path.path) ||
               same_name(device.interface_path, path.path);
    };
    const auto otherwise = [] {
        return failure(ErrorCode::not_found,
                       "openbar.sys serves no device with this instance id or interface path",
                       "the Device Manager shows the instance id (Details, Device instance path)");
    };
    return open_served(matches, address, options, otherwise);
}

}  // namespace openbar
