// Ways to a device that other systems have: sockets with descriptors, /dev/mem, device trees.
#include "backends/open_backend.hpp"
#include "base/failure.hpp"

namespace openbar {
namespace {

Error not_on_windows(const char* cause) {
    return failure(ErrorCode::unsupported, cause,
                   "openbar list shows the devices that the driver openbar.sys serves here");
}

}  // namespace

OpenedBackend open_vfio_user(const SocketPath&, std::string, OpenOptions) {
    return not_on_windows("cards in other processes are reached by Linux' sockets only");
}

OpenedBackend open_simulated(const ModelName&, std::string, OpenOptions) {
    return not_on_windows("simulated cards are reached by Linux' sockets only");
}

OpenedBackend open_devmem(PhysicalRange, std::string, OpenOptions) {
    return not_on_windows(
        "no program may name physical addresses on Windows; the driver for "
        "fixed ranges, openbar_fixed.sys, serves those that an INF lists");
}

OpenedBackend open_device_tree(const DeviceTreePath&, std::string, std::optional<BackendKind>,
                               OpenOptions) {
    return not_on_windows("Windows has no device tree");
}

}  // namespace openbar
