// The ways to a device on Windows: a PCI function or a path, to the interface that openbar.sys has
// given it.
#include "backends/open_backend.hpp"
#include "backends/windows/description.hpp"
#include "backends/windows/device_interfaces.hpp"
#include "backends/windows/driver_handle.hpp"
#include "backends/windows/windows_backend.hpp"
#include "base/failure.hpp"

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

template <typename Matches>
OpenedBackend open_served(Matches matches, const std::string& address, OpenOptions options,
                          Error otherwise) {
    const auto devices = windows::served_devices();
    if (!devices) return devices.error();
    const auto found = std::ranges::find_if(*devices, matches);
    if (found == devices->end()) return otherwise;
    return windows::open_backend(*found, address, options);
}

}  // namespace

OpenedBackend open_function(const PciFunction& function, std::optional<BackendKind> forced,
                            OpenOptions options) {
    const std::string name = DeviceAddress{function.address, forced}.to_string();
    const std::string attempted = fmt::format("open {}", name);
    if (forced.value_or(BackendKind::windows) != BackendKind::windows)
        return failure(
            ErrorCode::unsupported, attempted,
            fmt::format("the back end {} does not exist on this system", to_string(*forced)),
            "use windows:, or nothing before the address");
    return open_served(
        [&](const InstalledDevice& device) { return is_at(device, function.address); }, name,
        options,
        failure(ErrorCode::busy, attempted,
                function.kernel_driver.empty()
                    ? std::string("no driver is installed for it")
                    : fmt::format("the driver {} has it", function.kernel_driver),
                "install openbar.sys for it, by an INF with its ids: driver/windows/install"));
}

OpenedBackend open_device_path(const DevicePath& path, const std::string& address,
                               OpenOptions options) {
    return open_served(
        [&](const InstalledDevice& device) {
            return same_name(device.instance_id, path.path) ||
                   same_name(device.interface_path, path.path);
        },
        address, options,
        failure(ErrorCode::not_found, fmt::format("open {}", address),
                "openbar.sys serves no device with this instance id or interface path",
                "the Device Manager shows the instance id (Details, Device instance path)"));
}

}  // namespace openbar
