// Chooses the back end: by what the address names, else by what the function is bound to.
#include "backends/open_backend.hpp"
#include "base/failure.hpp"
#include "base/then.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace openbar {
namespace {

bool is_uio_driver(std::string_view driver) {
    return driver == "uio_pci_generic" || driver == "igb_uio";
}

BackendKind backend_for_binding(const PciFunction& function) {
    if (function.kernel_driver == "vfio-pci") return BackendKind::vfio;
    if (is_uio_driver(function.kernel_driver)) return BackendKind::uio;
    // Also for a function that a kernel driver owns: its configuration space can be read, and
    // the back end refuses the rest with the command that frees it.
    return BackendKind::sysfs;
}

OpenedBackend open_function(const PciFunction& function, std::optional<BackendKind> forced,
                            OpenOptions options) {
    const BackendKind kind = forced.value_or(backend_for_binding(function));
    std::string name = DeviceAddress{function.address, forced}.to_string();
    switch (kind) {
        case BackendKind::vfio: return open_vfio(function, std::move(name), options);
        case BackendKind::uio: return open_uio(function, std::move(name), options);
        case BackendKind::sysfs: return open_sysfs(function, std::move(name), options);
        case BackendKind::devmem: return open_devmem(function, std::move(name), options);
        default: break;
    }
    return failure(ErrorCode::unsupported, fmt::format("open {}", name),
                   fmt::format("the back end {} does not exist on this system", to_string(kind)),
                   "use vfio:, uio:, sysfs: or devmem:");
}

Result<PciFunction> find_by_id(PciId id) {
    const std::string attempted = fmt::format("open pci:{:04x}:{:04x}", id.vendor, id.device);
    auto functions = list_pci_functions();
    if (!functions) return std::unexpected(std::move(functions).error());
    std::erase_if(*functions, [&](const PciFunction& function) {
        return function.identity.vendor != id.vendor || function.identity.device != id.device;
    });
    if (functions->size() == 1) return std::move(functions->front());
    if (functions->empty())
        return failure(ErrorCode::not_found, attempted, "no PCI function has these ids",
                       "openbar list shows those that there are");
    std::vector<std::string> addresses;
    for (const PciFunction& function : *functions)
        addresses.push_back(function.address.to_string());
    return failure(ErrorCode::ambiguous, attempted,
                   fmt::format("{} functions have these ids: {}", addresses.size(),
                               fmt::join(addresses, ", ")),
                   fmt::format("open one of them by its address: {}", addresses.front()));
}

struct Opener {
    std::optional<BackendKind> forced;
    OpenOptions options;
    std::string name;

    OpenedBackend operator()(const PciAddress& pci) const {
        return then(find_pci_function(pci), [&](const PciFunction& function) {
            return open_function(function, forced, options);
        });
    }
    OpenedBackend operator()(const PciId& id) const {
        return then(find_by_id(id), [&](const PciFunction& function) {
            return open_function(function, forced, options);
        });
    }
    OpenedBackend operator()(const SocketPath& socket) const {
        return open_vfio_user(socket, name, options);
    }
    OpenedBackend operator()(const ModelName& model) const {
        return open_simulated(model, name, options);
    }
    OpenedBackend operator()(const PhysicalRange& range) const {
        return open_devmem(range, name, options);
    }
    OpenedBackend operator()(const DeviceTreePath& node) const {
        return open_device_tree(node, name, forced, options);
    }
};

}  // namespace

Result<Device> Device::open(std::string_view address, OpenOptions options) {
    return then(DeviceAddress::parse(address),
                [&](const DeviceAddress& parsed) { return open(parsed, options); });
}

Result<Device> Device::open(const DeviceAddress& address, OpenOptions options) {
    const Opener opener{address.backend, options, address.to_string()};
    return then(std::visit(opener, address.target),
                [](std::shared_ptr<Backend> backend) { return Device(std::move(backend)); });
}

}  // namespace openbar
