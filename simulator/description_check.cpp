#include "simulator/description_check.hpp"

#include "base/range.hpp"
#include "simulator/msix_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace openbar::simulator {
namespace {

constexpr std::uint64_t page = 4096;

std::string hexadecimal(std::uint64_t value) {
    std::string digits;
    do {
        digits.insert(digits.begin(), "0123456789abcdef"[value & 15]);
        value >>= 4;
    } while (value != 0);
    return "0x" + digits;
}

std::string mistake_in_size(const RegionDescription& region) {
    const std::string size = "its size " + hexadecimal(region.size);
    if (!std::has_single_bit(region.size)) return size + " is not a power of two";
    const std::uint64_t smallest = region.index == rom_region ? 2048 : region.port_io ? 4 : 16;
    if (region.size < smallest) return size + " is less than " + std::to_string(smallest);
    if (region.port_io && region.size > 256)
        return size + " is more than the 256 ports that a BAR may ask for";
    if (!region.is_64bit && region.size > 1ull << 31)
        return size + " needs a 64-bit BAR (is_64bit)";
    return {};
}

std::string mistake_in_plain_parts(const RegionDescription& region) {
    for (const auto& [offset, length] : region.plain) {
        const std::string part = "its plain part at " + hexadecimal(offset);
        if (region.port_io) return part + " is in ports, which cannot be mapped";
        if (offset % page != 0 || length % page != 0 || length == 0)
            return part + " is not made of whole pages of 4096 bytes";
        if (!lies_within({offset, length}, region.size))
            return part + " of " + hexadecimal(length) + " bytes ends behind the region";
    }
    return {};
}

std::string mistake_in_region(const RegionDescription& region) {
    if (region.index > rom_region)
        return "there are BARs 0 to 5 and the ROM, region 6; the host serves the rest itself";
    if (region.is_64bit && (region.port_io || region.index >= 5))
        return "only memory in BARs 0 to 4 can have 64-bit addresses";
    if (std::string mistake = mistake_in_size(region); !mistake.empty()) return mistake;
    return mistake_in_plain_parts(region);
}

std::string mistake_in_msix(const Description& description) {
    const auto& regions = description.regions;
    const auto home = std::find_if(regions.begin(), regions.end(), [&](const auto& region) {
        return region.index == description.msix_region && !region.port_io && region.index < 6;
    });
    if (home == regions.end()) return "msix_region names no memory BAR of the card";
    if (description.msix_offset % 8 != 0) return "msix_offset is no multiple of 8";
    if (MsixTable::end_offset(description) > home->size || description.msix_offset > home->size)
        return "the MSI-X table and its pending bits end behind their BAR, at " +
               hexadecimal(MsixTable::end_offset(description));
    for (const auto& [offset, length] : home->plain)
        if (description.msix_offset < offset + length &&
            MsixTable::end_offset(description) > offset)
            return "the MSI-X table lies in a plain part, where the host could not see it change";
    return {};
}

}  // namespace

std::string mistake_in(const Description& description) {
    if (description.name.empty()) return "the card has no name";
    if (description.vendor == 0xffff) return "vendor 0xffff means that there is no card";
    if (description.class_code > 0xffffff) return "class_code has more than 24 bits";
    std::array<bool, 8> taken{};
    for (const RegionDescription& region : description.regions) {
        const std::string where = "region " + std::to_string(region.index) + ": ";
        if (std::string mistake = mistake_in_region(region); !mistake.empty())
            return where + mistake;
        if (taken[region.index] || (region.is_64bit && taken[region.index + 1]))
            return where + "it is there twice, or is the upper half of a 64-bit BAR";
        taken[region.index] = true;
        if (region.is_64bit) taken[region.index + 1] = true;
    }
    if (description.msi_vectors > 32 ||
        (description.msi_vectors != 0 && !std::has_single_bit(description.msi_vectors)))
        return "msi_vectors is " + std::to_string(description.msi_vectors) +
               ", not 0, 1, 2, 4, 8, 16 or 32";
    if (description.msix_vectors > 2048)
        return "msix_vectors is " + std::to_string(description.msix_vectors) + ", more than 2048";
    return description.msix_vectors != 0 ? mistake_in_msix(description) : std::string();
}

}  // namespace openbar::simulator
