/// The text of a file that describes registers, as UTF-8.
#pragma once

#include "openbar/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace openbar::description {

/// Errors: not_found, permission_denied, io; invalid_argument for what is no regular file;
/// resource_exhausted for more than 256 MiB.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file);

/// Takes UTF-8, UTF-16 with a byte order mark, and ISO 8859-1 that an XML declaration names.
/// Error: protocol for other encodings, for bytes that are no UTF-8, and for NUL characters.
/// `name` is the file's in messages.
[[nodiscard]] Result<std::string> to_utf8(std::string bytes, std::string_view name);

/// "card.svd:12", for a place in a text that is in no store yet.
[[nodiscard]] std::string place_in(std::string_view name, std::string_view text,
                                   std::size_t offset);

}  // namespace openbar::description
