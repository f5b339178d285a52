/// A device tree's property as text, in the notation of its source.
///
///     property_text("compatible", bytes)      "arm,pl011", "arm,primecell"
///     property_text("reg", bytes)             <0x0 0x9010000 0x0 0x1000>
///     property_text("mac", bytes)             [01 02 03]
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace openbar::cli {

/// The value as the standards define it for that name; for other names as dtc guesses it. dtc reads
/// the text as the same bytes. Empty properties give "". A text longer than `longest` characters is
/// cut, with an ellipsis.
[[nodiscard]] std::string property_text(std::string_view name, std::span<const std::byte> value,
                                        std::size_t longest = std::string::npos);

/// All bytes in hexadecimal: "0901".
[[nodiscard]] std::string property_bytes(std::span<const std::byte> value);

}  // namespace openbar::cli
