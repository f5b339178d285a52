/// Text from outside (a device tree, a file) as it may be printed: whatever is no plain ASCII
/// character becomes `\xNN`, so that it cannot write to the terminal of whoever reads it.
#pragma once

#include <string>
#include <string_view>

namespace openbar {

[[nodiscard]] std::string printable(std::string_view text);

}  // namespace openbar
