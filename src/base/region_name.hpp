/// What a region of a PCI function is called, in `RegionInfo::name`, in messages, on the command
/// line.
#pragma once

#include "openbar/region.hpp"

#include <string>

namespace openbar {

/// "bar0", "rom", "config"; "region 9" where PCI has no name.
[[nodiscard]] std::string region_name(RegionIndex index);

}  // namespace openbar
