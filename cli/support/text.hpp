/// Small pieces of text that several commands print alike.
#pragma once

#include "openbar/region.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace openbar::cli {

/// "0x000010ed": all digits of `width` bytes.
[[nodiscard]] inline std::string hex(std::uint64_t value, unsigned width) {
    return fmt::format("0x{:0{}x}", value, 2 * width);
}

/// "4 KiB", "1 MiB", "100 bytes": exact, in the largest unit that divides it.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// The same for narrow columns: "4K", "1M", "100".
[[nodiscard]] std::string short_size_text(std::uint64_t bytes);

/// `text` with its control characters, but for ends of lines, written as \x1b: what others gave
/// does not work the terminal.
[[nodiscard]] std::string with_controls_shown(std::string_view text);

/// ASCII only, wherever the program runs.
[[nodiscard]] constexpr char lower_case(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}
[[nodiscard]] std::string lower_case(std::string_view text);

[[nodiscard]] std::string_view to_string(RegionKind kind);
[[nodiscard]] std::string_view to_string(MemoryType type);

}  // namespace openbar::cli
