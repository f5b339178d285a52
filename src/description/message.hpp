/// Words of files in messages: cut where they are long, without what could write to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace openbar::description {

/// 'CTRL'
[[nodiscard]] std::string in_quotes(std::string_view text);
/// 0x1f
[[nodiscard]] std::string hex(unsigned long long number);

}  // namespace openbar::description
