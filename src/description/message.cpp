#include "description/message.hpp"

#include "base/printable.hpp"

#include <fmt/format.h>

namespace openbar::description {

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 60;
    if (text.size() <= longest) return "'" + printable(text) + "'";
    return "'" + printable(text.substr(0, longest)) + "…'";
}

std::string hex(unsigned long long number) {
    return fmt::format("{:#x}", number);
}

}  // namespace openbar::description
