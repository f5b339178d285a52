/// Text of XML as it is meant.
#pragma once

#include <string>
#include <string_view>

namespace openbar::description {

/// Without the space around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
/// Characters in place of `&lt;` and its like. Entities that a file defines stay as they are written.
[[nodiscard]] std::string with_references_resolved(std::string_view raw);
/// Lines joined by a space, and paragraphs kept apart by a newline.
[[nodiscard]] std::string with_space_collapsed(std::string_view raw);
/// Both.
[[nodiscard]] std::string plain_text(std::string_view raw);

}  // namespace openbar::description
