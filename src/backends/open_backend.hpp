/// One function for each way of opening a device. `Device::open` chooses among them; to add a back
/// end, add its function here and its name to `BackendKind`.
#pragma once

#include "openbar/device_tree.hpp"
#include "openbar/pci.hpp"

#include "device/backend.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace openbar {

using OpenedBackend = Result<std::shared_ptr<Backend>>;

/// Each system has its own: by the back end that is forced, else by the best that the function's
/// present driver allows.
OpenedBackend open_function(const PciFunction& function, std::optional<BackendKind> forced,
                            OpenOptions options);
/// Windows only.
OpenedBackend open_device_path(const DevicePath& path, const std::string& address,
                               OpenOptions options);

/// `address` is the canonical device address, for messages and `DeviceInfo`.
OpenedBackend open_sysfs(const PciFunction& function, std::string address, OpenOptions options);
OpenedBackend open_uio(const PciFunction& function, std::string address, OpenOptions options);
OpenedBackend open_vfio(const PciFunction& function, std::string address, OpenOptions options);
OpenedBackend open_devmem(const PciFunction& function, std::string address, OpenOptions options);
OpenedBackend open_devmem(PhysicalRange range, std::string address, OpenOptions options);
/// A node of the live device tree: through its UIO node where it has one, else /dev/mem.
OpenedBackend open_device_tree(const DeviceTreePath& node, std::string address,
                               std::optional<BackendKind> forced, OpenOptions options);
/// The two ways to a device-tree peripheral, whose register blocks are regions 0, 1, …
/// `places` are those of the blocks in the file of the UIO node.
OpenedBackend open_devmem(const PlatformPeripheral& peripheral, std::string address,
                          OpenOptions options);
OpenedBackend open_platform_uio(const PlatformPeripheral& peripheral,
                                std::vector<std::uint64_t> places, std::string address,
                                OpenOptions options);
OpenedBackend open_vfio_user(const SocketPath& socket, std::string address, OpenOptions options);
OpenedBackend open_simulated(const ModelName& model, std::string address, OpenOptions options);

}  // namespace openbar
