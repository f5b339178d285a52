/// The words behind DEVICE that say where: a region and an offset, or names of registers.
///
///     REGION OFFSET            bar0 0x20
///     [REGION] NAME...         STATUS; bar0 STATUS 'RX[3].*'
#pragma once

#include "openbar/error.hpp"
#include "openbar/region.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace openbar::cli {

struct PlaceWords {
    std::optional<RegionIndex> region{};
    std::optional<std::string> offset{};  ///< of the first form
    std::vector<std::string> names{};     ///< of the second one; else what follows the offset
    std::string perhaps_offset{};  ///< a name that stands where an offset may have been meant
};

/// Throws WrongUsage if it is neither. `values`: how many words follow an OFFSET.
[[nodiscard]] PlaceWords place_words(const std::vector<std::string>& words, std::size_t values);

/// Of a name that was not found where an offset may have been meant: throws WrongUsage, with both.
void refuse_misread_offset(const PlaceWords& place, const Error& error);

}  // namespace openbar::cli
