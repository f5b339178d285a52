/// Kinds of memory files that openbar knows and cannot read.
#pragma once

#include "openbar/result.hpp"

#include <cstddef>
#include <span>

namespace openbar {

/// A file of one of these would be taken for a raw image, and every answer from it would be wrong.
/// Error: unsupported, with the name of the format and the way to a file that can be read.
Result<void> refuse_other_formats(std::span<const std::byte> bytes);

}  // namespace openbar
