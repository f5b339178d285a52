/// The templates of driver/windows/install, which the build puts into the program.
#pragma once

#include <string_view>

namespace openbar::cli {

extern const std::string_view openbar_inf_template;
extern const std::string_view openbar_fixed_inf_template;

}  // namespace openbar::cli
