/// Device trees for the tests, compiled by dtc from their source.
#pragma once

#include "openbar/device_tree.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::testing {

/// What dtc makes of `source`, to which `/dts-v1/;` is added. dtc is forced to compile what it
/// warns of or finds wrong; a test fails where it yields nothing.
std::vector<std::byte> compile(std::string_view source,
                               const std::vector<std::string>& options = {});

/// The same, loaded.
DeviceTree tree_of(std::string_view source);

/// The physical ranges of a node's registers; where a block has none, the length is 0 and the
/// address is its error's code.
std::vector<PhysicalRange> physical_ranges(const DeviceTree& tree, std::string_view path);

}  // namespace openbar::testing
