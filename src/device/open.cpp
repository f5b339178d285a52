// Chooses the way to open a device, by what its address names.
#include "backends/open_backend.hpp"
#include "base/failure.hpp"
#include "base/then.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace openbar {
namespace {

Result<PciFunction> find_by_id(PciId id) {
    const std::string attempted = fmt::format("open pci:{:04x}:{:04x}", id.vendor, id.device);
    auto functions = list_pci_functions();
    if (!functions) return std::move(functions).error();
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
    OpenedBackend operator()(const DevicePath& path) const {
        return open_device_path(path, name, options);
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
