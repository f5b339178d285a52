/// A driver's file, and the permit inside it: what that driver may drive once somebody has signed it.
///
///     auto image = with_permit(std::move(bytes), permit_of(installation));
///
/// driver/interface/openbar_permit.h says why the permit is in the file, and how it is laid out.
#pragma once

#include "openbar/result.hpp"

#include "driver/interface/openbar_permit.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace openbar::cli {

/// `image` with this permit instead of the one that it has, and with a checksum that is right.
/// Errors: invalid_argument where it is no driver with a permit, or is signed already: the signature
/// would no longer hold.
[[nodiscard]] Result<std::string> with_permit(std::string image, const openbar_permit& permit);

/// The checksum of a PE image whose own field is at `at`, as the kernel computes it: the 16-bit words
/// but that field are added with their carries, and then the file's length.
[[nodiscard]] std::uint32_t image_checksum(std::string_view image, std::size_t at);

}  // namespace openbar::cli
