// The PCI functions of the machine, and the configuration space of an open one.
#include "openbar/configuration.hpp"

#include "c/handles.hpp"
#include "c/last_error.hpp"
#include "c/structures.hpp"

#include <algorithm>

namespace openbar::c {
namespace {

Result<std::vector<PciCapability>> capabilities_of(openbar_device handle) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    OPENBAR_TRY(configuration, opened->device.configuration());
    return configuration.capabilities();
}

Result<void> give_capability(openbar_pci_capability* out, const PciCapability& capability) {
    return give(out, {0, capability.id, capability.offset, capability.extended, capability.version,
                      0, capability.name.data()});
}

Result<void> find_capability(openbar_device handle, std::uint32_t id, bool extended,
                             openbar_pci_capability* out) {
    OPENBAR_TRY(all, capabilities_of(handle));
    const auto found = std::ranges::find_if(all, [&](const PciCapability& capability) {
        return capability.id == id && capability.extended == extended;
    });
    if (found != all.end()) return give_capability(out, *found);
    return failure(ErrorCode::not_found, fmt::format("the device has no {}capability {:#x}",
                                                     extended ? "extended " : "", id));
}

Result<void> find_register(const char* name, std::uint32_t* offset, std::uint32_t* width) {
    OPENBAR_TRY(text, text_from(name, "the name"));
    OPENBAR_TRY(checked, check_pointer(offset, "the pointer to the offset"));
    OPENBAR_TRY(checked_width, check_pointer(width, "the pointer to the width"));
    const ConfigurationRegister* found = configuration::find(text);
    if (found == nullptr)
        return failure(ErrorCode::not_found, fmt::format("no register is called '{}'", text),
                       "openbar config --list shows the names");
    *offset = found->offset;
    *width = found->width;
    return {};
}

Result<void> list_functions(openbar_functions* out, std::uint32_t* count) {
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    OPENBAR_TRY(checked_count, check_pointer(count, "the pointer to the count"));
    OPENBAR_TRY(functions, list_pci_functions());
    auto list = std::make_shared<FunctionList>();
    for (const PciFunction& function : functions)
        list->addresses.push_back(function.address.to_string());
    const auto size = static_cast<std::uint32_t>(functions.size());
    list->functions = std::move(functions);
    *out = handles::add(std::move(list));
    *count = size;
    return {};
}

Result<void> get_function(openbar_functions handle, std::uint32_t position,
                          openbar_function_info* out) {
    OPENBAR_TRY(list, handles::find<FunctionList>(handle));
    OPENBAR_TRY(checked, check_position(position, list->functions.size(), "functions"));
    const PciFunction& function = list->functions[position];
    openbar_function_info info{};
    info.enabled = function.enabled;
    info.address = list->addresses[position].c_str();
    info.kernel_driver = function.kernel_driver.c_str();
    info.driver_override = function.driver_override.c_str();
    info.power_state = function.power_state.c_str();
    info.vendor_id = function.identity.vendor;
    info.device_id = function.identity.device;
    info.subsystem_vendor_id = function.identity.subsystem_vendor;
    info.subsystem_id = function.identity.subsystem;
    info.class_code = function.identity.class_code;
    info.revision = function.identity.revision;
    info.iommu_group = function.iommu_group ? std::int64_t{*function.iommu_group} : -1;
    return give(out, info);
}

}  // namespace
}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_get_pci_capability(openbar_device device, uint32_t position,
                                        openbar_pci_capability* capability) {
    return call("get a PCI capability", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(all, capabilities_of(device));
        OPENBAR_TRY(checked, check_position(position, all.size(), "capabilities"));
        return give_capability(capability, all[position]);
    });
}

openbar_code openbar_find_pci_capability(openbar_device device, uint32_t id, uint32_t extended,
                                         openbar_pci_capability* capability) {
    return call("find a PCI capability",
                [&] { return find_capability(device, id, extended != 0, capability); });
}

openbar_code openbar_find_configuration_register(const char* name, uint32_t* offset,
                                                 uint32_t* width) {
    return call("find a register of the configuration space",
                [&] { return find_register(name, offset, width); });
}

openbar_code openbar_list_functions(openbar_functions* functions, uint32_t* count) {
    return call("list the PCI functions", [&] { return list_functions(functions, count); });
}

openbar_code openbar_functions_get(openbar_functions functions, uint32_t position,
                                   openbar_function_info* info) {
    return call("get a PCI function", [&] { return get_function(functions, position, info); });
}
