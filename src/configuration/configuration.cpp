#include "openbar/configuration.hpp"

#include "base/failure.hpp"
#include "base/then.hpp"
#include "configuration/capability_names.hpp"

#include <fmt/format.h>

#include <set>

namespace openbar {
namespace {

constexpr std::uint16_t status_capability_list = 1u << 4;
constexpr std::uint16_t first_extended = 0x100;

std::unexpected<Error> broken(std::string cause) {
    return failure(ErrorCode::protocol, "walk the capability list", std::move(cause),
                   "the device, or what simulates it, is at fault; a device that is powered down "
                   "reads as all ones");
}

/// Where the list begins: a bridge to CardBus has it elsewhere (PCI_CB_CAPABILITY_LIST).
std::uint64_t capability_pointer(std::uint8_t header_type) {
    constexpr unsigned cardbus = 2;
    return (header_type & 0x7f) == cardbus ? 0x14 : 0x34;
}

Result<void> walk_standard(const Region& region, std::vector<PciCapability>& found) {
    const auto status = region.read<std::uint16_t>(configuration::status.offset);
    if (!status) return std::unexpected(status.error());
    if ((*status & status_capability_list) == 0) return {};
    const auto type = region.read<std::uint8_t>(0x0e);
    if (!type) return std::unexpected(type.error());
    std::set<unsigned> seen;
    auto next = region.read<std::uint8_t>(capability_pointer(*type));
    while (next && (*next & ~3) != 0) {
        const auto at = static_cast<std::uint16_t>(*next & ~3);
        if (at < 0x40) return broken(fmt::format("it points into the header, at {:#x}", at));
        if (!seen.insert(at).second) return broken(fmt::format("it runs in a circle at {:#x}", at));
        const auto id = region.read<std::uint8_t>(at);
        if (!id) return std::unexpected(id.error());
        found.push_back({*id, at, false, 0, configuration::capability_name(*id, false)});
        next = region.read<std::uint8_t>(at + 1u);
    }
    if (!next) return std::unexpected(next.error());
    return {};
}

Result<void> walk_extended(const Region& region, std::vector<PciCapability>& found) {
    if (region.size() <= first_extended) return {};
    std::set<unsigned> seen;
    for (std::uint16_t at = first_extended; at != 0;) {
        if (at < first_extended || at + 4u > region.size())
            return broken(fmt::format("it points outside, to {:#x}", at));
        if (!seen.insert(at).second) return broken(fmt::format("it runs in a circle at {:#x}", at));
        const auto header = region.read<std::uint32_t>(at);
        if (!header) return std::unexpected(header.error());
        if (*header == 0 || *header == UINT32_MAX) return {};
        const auto id = static_cast<std::uint16_t>(*header & 0xffff);
        found.push_back({id, at, true, static_cast<std::uint8_t>((*header >> 16) & 0xf),
                         configuration::capability_name(id, true)});
        at = static_cast<std::uint16_t>(*header >> 20 & 0xffc);  // the lowest bits are reserved
    }
    return {};
}

}  // namespace

Result<std::uint32_t> Configuration::read(const ConfigurationRegister& which) const {
    return then(region_.read_width(which.offset, which.width),
                [](std::uint64_t value) { return static_cast<std::uint32_t>(value); });
}

Result<void> Configuration::write(const ConfigurationRegister& which, std::uint32_t value) const {
    return region_.write_width(which.offset, which.width, value);
}

Result<std::vector<PciCapability>> Configuration::capabilities() const {
    std::vector<PciCapability> found;
    if (auto walked = walk_standard(region_, found); !walked)
        return std::unexpected(std::move(walked).error());
    if (auto walked = walk_extended(region_, found); !walked)
        return std::unexpected(std::move(walked).error());
    return found;
}

}  // namespace openbar
