/// Hints for names that are not there.
#pragma once

#include "description/model.hpp"

#include <string>
#include <string_view>

namespace openbar::description {

/// "similar: CTRL, CTRL2", or empty.
[[nodiscard]] std::string similar_registers(const Model& model, std::string_view name);
[[nodiscard]] std::string similar_fields(Register described, std::string_view name);

}  // namespace openbar::description
