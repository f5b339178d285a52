// The ways to a PCI function on Linux: by what it is bound to, unless one is forced.
#include "backends/open_backend.hpp"
#include "backends/vfio/group_viability.hpp"
#include "base/failure.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

namespace openbar {

std::optional<BackendKind> backend_for(const PciFunction& function) noexcept {
    if (vfio::is_vfio_driver(function.kernel_driver)) return BackendKind::vfio;
    if (function.kernel_driver == "uio_pci_generic") return BackendKind::uio;
    if (function.kernel_driver.empty()) return BackendKind::sysfs;
    return std::nullopt;
}

OpenedBackend open_function(const PciFunction& function, std::optional<BackendKind> forced,
                            OpenOptions options) {
    // A function that a kernel driver owns is opened, too: its configuration space can be read, and
    // the back end refuses the rest with the command that frees it.
    const BackendKind kind = forced.value_or(backend_for(function).value_or(BackendKind::sysfs));
    std::string name = DeviceAddress{function.address, forced}.to_string();
    if (kind != BackendKind::vfio) {
        OPENBAR_TRY(without, require_no_vf_token(options));
    }
    switch (kind) {
        case BackendKind::vfio: return open_vfio(function, std::move(name), options);
        case BackendKind::uio: return open_uio(function, std::move(name), options);
        case BackendKind::sysfs: return open_sysfs(function, std::move(name), options);
        case BackendKind::devmem: return open_devmem(function, std::move(name), options);
        default: break;
    }
    return failure(ErrorCode::unsupported,
                   fmt::format("the back end {} does not exist on this system", to_string(kind)),
                   "use vfio:, uio:, sysfs: or devmem:");
}

OpenedBackend open_device_path(const DevicePath&, const std::string&, OpenOptions) {
    return failure(ErrorCode::unsupported,
                   "paths of device instances and interfaces are Windows' own",
                   "give a PCI address: openbar list shows all functions");
}

}  // namespace openbar
