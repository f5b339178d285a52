// What can be said of an address before any table is read.
#include "openbar/translation.hpp"

#include "translation/arm64_walk.hpp"

namespace openbar {

bool is_canonical(std::uint64_t address, PagingMode mode) noexcept {
    if (mode == PagingMode::bits32 || mode == PagingMode::pae) return (address >> 32U) == 0;
    if (is_arm64(mode)) return (address >> 52U) == 0 || (address >> 52U) == UINT64_MAX >> 52U;
    const unsigned highest = mode == PagingMode::level5 ? 56 : 47;
    const std::uint64_t sign = address >> highest;
    return sign == 0 || sign == (UINT64_MAX >> highest);
}

std::string_view explain_address(std::uint64_t address, PagingMode mode) noexcept {
    constexpr std::uint64_t gib = std::uint64_t{1} << 30U;
    if (mode == PagingMode::bits32 || mode == PagingMode::pae) {
        if ((address >> 32U) != 0) return "beyond 32 bits: no address in this mode";
        if (address < 2 * gib) return "below 2 GiB: the program's under a 2 GiB or a 3 GiB split";
        if (address < 3 * gib)
            return "from 2 to 3 GiB: the kernel's under a 2 GiB split (usual in Windows), the "
                   "program's under a 3 GiB split (usual in Linux; Windows with /3GB)";
        return "above 3 GiB: the kernel's under a 2 GiB or a 3 GiB split";
    }
    if (is_arm64(mode)) {
        if (!is_canonical(address, mode))
            return "in neither half: its upper bits are not all equal";
        return (address >> 63U) == 0 ? "lower half: the program's (TTBR0)"
                                     : "upper half: the kernel's (TTBR1)";
    }
    if (!is_canonical(address, mode))
        return mode == PagingMode::level5 ? "not canonical: bits 63 to 56 are not all equal"
                                          : "not canonical: bits 63 to 47 are not all equal";
    return (address >> 63U) == 0 ? "canonical, lower half: the program's"
                                 : "canonical, upper half: the kernel's";
}

}  // namespace openbar
