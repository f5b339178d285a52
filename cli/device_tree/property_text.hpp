/// A device tree's property as text, in the notation of its source.
///
///     property_text(bytes)      "arm,pl011", "arm,primecell"
///                               <0x0 0x9010000 0x0 0x1000>
///                               [01 02 03]
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace openbar::cli {

/// A tree does not say what kind of value a property has: what reads as strings is taken for
/// strings, else what has a multiple of four bytes for cells. Empty properties give "".
/// A text longer than `longest` characters is cut, with an ellipsis.
[[nodiscard]] std::string property_text(std::span<const std::byte> value, std::size_t longest);

}  // namespace openbar::cli
