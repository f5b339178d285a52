#include "cli/support/pci_function.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace openbar::cli {
namespace {

Result<PciFunction> find_by_id(PciId id, const std::string& attempted) {
    auto functions = list_pci_functions();
    if (!functions) return std::move(functions).error();
    std::vector<PciFunction> matches;
    std::vector<std::string> addresses;
    for (PciFunction& function : *functions) {
        if (function.identity.vendor != id.vendor || function.identity.device != id.device)
            continue;
        addresses.push_back(function.address.to_string());
        matches.push_back(std::move(function));
    }
    if (matches.size() == 1) return std::move(matches.front());
    if (matches.empty())
        return failure(
            ErrorCode::not_found, attempted,
            fmt::format("no PCI function has the ids {:04x}:{:04x}", id.vendor, id.device),
            "openbar list shows those that there are");
    return failure(
        ErrorCode::ambiguous, attempted,
        fmt::format("{} functions have these ids: {}", matches.size(), fmt::join(addresses, ", ")),
        fmt::format("name one of them: {}", addresses.front()));
}

}  // namespace

Result<PciFunction> find_function(const DeviceAddress& device, std::string_view attempted) {
    if (const auto* address = std::get_if<PciAddress>(&device.target))
        return find_pci_function(*address);
    if (const auto* id = std::get_if<PciId>(&device.target))
        return find_by_id(*id, std::string(attempted));
    return failure(ErrorCode::unsupported, std::string(attempted),
                   fmt::format("{} is no PCI function", device.to_string()),
                   "give an address such as 0000:03:00.0");
}

}  // namespace openbar::cli
