#include "base/printable.hpp"

#include <fmt/format.h>

namespace openbar {

std::string printable(std::string_view text) {
    std::string result;
    for (const char character : text) {
        if (character >= ' ' && character <= '~')
            result += character;
        else
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(character));
    }
    return result;
}

}  // namespace openbar
