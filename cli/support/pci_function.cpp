#include "cli/support/pci_function.hpp"

namespace openbar::cli {

Result<PciFunction> find_function(const DeviceAddress& device) {
    if (const auto* address = std::get_if<PciAddress>(&device.target))
        return find_pci_function(*address);
    if (const auto* id = std::get_if<PciId>(&device.target)) return find_pci_function_by_id(*id);
    return Result<PciFunction>(Error{.code = ErrorCode::unsupported,
                                     .cause = "it is not a PCI function",
                                     .hint = "give an address such as 0000:03:00.0"})
        .attempting([&] { return "find " + device.to_string(); });
}

}  // namespace openbar::cli
