#include "configuration/capability_list.hpp"

#include "base/failure.hpp"
#include "configuration/capability_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace openbar::configuration {
namespace {

constexpr std::uint16_t msix = 0x11;
constexpr std::uint16_t status_capability_list = 1u << 4;
constexpr std::uint16_t first_extended = 0x100;

Error broken(std::string cause) {
    return failure(ErrorCode::protocol, "walk the capability list", std::move(cause),
                   "the device, or what simulates it, is at fault; a device that is powered down "
                   "reads as all ones");
}

/// Where the list begins: a bridge to CardBus has it elsewhere (PCI_CB_CAPABILITY_LIST).
std::uint64_t capability_pointer(std::uint64_t header_type) {
    constexpr unsigned cardbus = 2;
    return (header_type & 0x7f) == cardbus ? 0x14 : 0x34;
}

Result<void> walk_standard(const Read& read, std::vector<PciCapability>& found) {
    const auto present = read(status.offset, 2);
    if (!present) return present.error();
    if ((*present & status_capability_list) == 0) return {};
    const auto type = read(0x0e, 1);
    if (!type) return type.error();
    std::set<unsigned> seen;
    auto next = read(capability_pointer(*type), 1);
    while (next && (*next & ~3) != 0) {
        const auto at = static_cast<std::uint16_t>(*next & ~3);
        if (at < 0x40) return broken(fmt::format("it points into the header, at {:#x}", at));
        if (!seen.insert(at).second) return broken(fmt::format("it runs in a circle at {:#x}", at));
        const auto byte = read(at, 1);
        if (!byte) return byte.error();
        const auto id = static_cast<std::uint16_t>(*byte);
        found.push_back({id, at, false, 0, capability_name(id, false)});
        next = read(at + 1u, 1);
    }
    if (!next) return next.error();
    return {};
}

Result<void> walk_extended(const Read& read, std::uint64_t size,
                           std::vector<PciCapability>& found) {
    if (size <= first_extended) return {};
    std::set<unsigned> seen;
    for (std::uint16_t at = first_extended; at != 0;) {
        if (at < first_extended || at + 4u > size)
            return broken(fmt::format("it points outside, to {:#x}", at));
        if (!seen.insert(at).second) return broken(fmt::format("it runs in a circle at {:#x}", at));
        const auto header = read(at, 4);
        if (!header) return header.error();
        if (*header == 0 || *header == UINT32_MAX) return {};
        const auto id = static_cast<std::uint16_t>(*header & 0xffff);
        found.push_back({id, at, true, static_cast<std::uint8_t>((*header >> 16) & 0xf),
                         capability_name(id, true)});
        at = static_cast<std::uint16_t>(*header >> 20 & 0xffc);  // the lowest bits are reserved
    }
    return {};
}

}  // namespace

Result<std::vector<PciCapability>> walk_capabilities(const Read& read, std::uint64_t size) {
    std::vector<PciCapability> found;
    if (auto walked = walk_standard(read, found); !walked) return std::move(walked).error();
    if (auto walked = walk_extended(read, size, found); !walked) return std::move(walked).error();
    return found;
}

Result<std::optional<MsixTable>> find_msix_table(const Read& read) {
    const auto capabilities = walk_capabilities(read, first_extended);
    if (!capabilities) return capabilities.error();
    const auto found = std::ranges::find(*capabilities, msix, &PciCapability::id);
    if (found == capabilities->end()) return std::nullopt;
    const auto control = read(found->offset + 2u, 2);
    if (!control) return control.error();
    const auto place = read(found->offset + 4u, 4);
    if (!place) return place.error();
    const std::uint64_t vectors = (*control & 0x7ff) + 1;
    return MsixTable{static_cast<RegionIndex>(*place & 7), {*place & ~7ull, 16 * vectors}};
}

}  // namespace openbar::configuration
