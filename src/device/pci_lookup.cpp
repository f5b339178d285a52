#include "device/pci_lookup.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace openbar {

Result<PciFunction> pci::look_up(const PciId& id) {
    OPENBAR_TRY(functions, list_pci_functions());
    std::erase_if(functions, [&](const PciFunction& function) {
        return function.identity.vendor != id.vendor || function.identity.device != id.device;
    });
    if (functions.size() == 1) return std::move(functions.front());
    if (functions.empty())
        return failure(ErrorCode::not_found, "no PCI function has these ids",
                       "openbar list shows all functions");
    std::vector<std::string> addresses;
    for (const PciFunction& function : functions) addresses.push_back(function.address.to_string());
    return failure(ErrorCode::ambiguous,
                   fmt::format("{} functions have these ids: {}", addresses.size(),
                               fmt::join(addresses, ", ")),
                   fmt::format("name one of them: {}", addresses.front()));
}

Result<PciFunction> find_pci_function(const PciAddress& address) {
    return pci::look_up(address).attempting([&] { return "find " + address.to_string(); });
}

Result<PciFunction> find_pci_function_by_id(const PciId& id) {
    return pci::look_up(id).attempting([&] { return "find " + DeviceAddress{id}.to_string(); });
}

}  // namespace openbar
