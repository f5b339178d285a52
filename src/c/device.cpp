// Opening a device, and what is known of it.
#include "c/handles.hpp"
#include "c/last_error.hpp"
#include "c/structures.hpp"

namespace openbar::c {
namespace {

Result<void> open_device(const char* address, const openbar_open_options* given,
                         openbar_device* out) {
    OPENBAR_TRY(text, text_from(address, "the address"));
    OPENBAR_TRY(options, options_from(given));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    OPENBAR_TRY(device, Device::open(text, {.shared = options.shared != 0}));
    const auto& pci = device.info().pci;
    std::string pci_address = pci ? pci->to_string() : std::string();
    *out = handles::add(
        std::make_shared<OpenDevice>(OpenDevice{std::move(device), std::move(pci_address)}));
    return {};
}

Result<void> get_info(openbar_device handle, openbar_device_info* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    const DeviceInfo& info = opened->device.info();
    const PciIdentity identity = info.identity.value_or(PciIdentity{});
    openbar_device_info given{};
    given.is_pci = info.identity.has_value();
    given.address = info.address.c_str();
    given.backend = to_string(info.backend).data();
    given.pci_address = opened->pci_address.c_str();
    given.kernel_driver = info.kernel_driver.c_str();
    given.vendor_id = identity.vendor;
    given.device_id = identity.device;
    given.subsystem_vendor_id = identity.subsystem_vendor;
    given.subsystem_id = identity.subsystem;
    given.class_code = identity.class_code;
    given.revision = identity.revision;
    given.iommu_group = info.iommu_group ? std::int64_t{*info.iommu_group} : -1;
    given.region_count = static_cast<std::uint32_t>(info.regions.size());
    given.vector_kind_count = static_cast<std::uint32_t>(info.vectors.size());
    return give(out, given);
}

Result<const Capability*> capability_of(const Capabilities& all, std::uint32_t which) {
    switch (which) {
        case OPENBAR_CAN_MAP: return &all.mapping;
        case OPENBAR_CAN_WRITE_COMBINE: return &all.write_combining;
        case OPENBAR_HAS_CONFIGURATION: return &all.configuration;
        case OPENBAR_HAS_INTERRUPTS: return &all.interrupts;
        case OPENBAR_HAS_DMA: return &all.dma;
        case OPENBAR_CAN_RESET: return &all.reset;
        case OPENBAR_HAS_EVENTS: return &all.events;
        default:
            return failure(ErrorCode::invalid_argument,
                           fmt::format("there is no capability {}", which));
    }
}

Result<void> get_capability(openbar_device handle, std::uint32_t which, openbar_capability* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    OPENBAR_TRY(capability, capability_of(opened->device.info().capabilities, which));
    return give(out,
                {0, capability->offered, capability->why_not.c_str(), capability->hint.c_str()});
}

Result<void> get_vectors(openbar_device handle, std::uint32_t position, openbar_vector_info* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    const auto& kinds = opened->device.info().vectors;
    OPENBAR_TRY(checked, check_position(position, kinds.size(), "kinds of vectors"));
    const VectorInfo& kind = kinds[position];
    return give(out, {0, static_cast<std::uint32_t>(kind.kind), kind.count, kind.maskable});
}

}  // namespace
}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_open(const char* address, const openbar_open_options* options,
                          openbar_device* device) {
    return call("open a device", [&] { return open_device(address, options, device); });
}

openbar_code openbar_device_get_info(openbar_device device, openbar_device_info* info) {
    return call("get the information of a device", [&] { return get_info(device, info); });
}

openbar_code openbar_device_get_capability(openbar_device device, uint32_t which,
                                           openbar_capability* capability) {
    return call("get a capability of a device",
                [&] { return get_capability(device, which, capability); });
}

openbar_code openbar_device_get_vectors(openbar_device device, uint32_t position,
                                        openbar_vector_info* info) {
    return call("get the vectors of a device", [&] { return get_vectors(device, position, info); });
}

openbar_code openbar_set_bus_master(openbar_device device, uint32_t enabled) {
    return call("switch bus mastering", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(opened, handles::find<OpenDevice>(device));
        return opened->device.set_bus_master(enabled != 0);
    });
}

openbar_code openbar_reset(openbar_device device) {
    return call("reset a device", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(opened, handles::find<OpenDevice>(device));
        return opened->device.reset();
    });
}
