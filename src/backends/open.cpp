// Chooses the way to open a device, by what its address names.
#include "backends/open_backend.hpp"
#include "device/pci_lookup.hpp"
#include "device/request_check.hpp"

namespace openbar {
namespace {

struct Opener {
    std::optional<BackendKind> forced;
    OpenOptions options;
    std::string name;

    OpenedBackend open(const decltype(DeviceAddress::target)& target) const {
        if (!std::holds_alternative<PciAddress>(target) && !std::holds_alternative<PciId>(target)) {
            OPENBAR_TRY(without, require_no_vf_token(options));
        }
        return std::visit(*this, target);
    }
    OpenedBackend operator()(const PciAddress& address) const {
        OPENBAR_TRY(function, pci::look_up(address));
        return open_function(function, forced, options);
    }
    OpenedBackend operator()(const PciId& id) const {
        OPENBAR_TRY(function, pci::look_up(id));
        return open_function(function, forced, options).attempting([&] {
            return function.address.to_string();
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
    OPENBAR_TRY(parsed, DeviceAddress::parse(address));
    return open(parsed, options);
}

Result<Device> Device::open(const DeviceAddress& address, OpenOptions options) {
    const Opener opener{address.backend, options, address.to_string()};
    return opener.open(address.target)
        .transform([](std::shared_ptr<Backend> backend) { return Device(std::move(backend)); })
        .attempting([&] { return "open " + opener.name; });
}

}  // namespace openbar
