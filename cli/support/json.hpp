/// JSON as every command prints it: members in the order in which they are set.
///
/// Register contents and physical addresses are strings in hexadecimal, because many readers of
/// JSON round integers above 2^53; sizes, offsets and counts are numbers.
#pragma once

#include "openbar/device.hpp"

#include "cli/support/output.hpp"

#include <nlohmann/json.hpp>

namespace openbar::cli {

using Json = nlohmann::ordered_json;

/// Indented, with a newline at its end.
void print_json(Output& out, const Json& value);

[[nodiscard]] Json to_json(const RegionInfo& region);
[[nodiscard]] Json to_json(const PciIdentity& identity);

}  // namespace openbar::cli
