/// What every access to a region by message has to be, and to be answered by.
#pragma once

#include "openbar/region.hpp"
#include "openbar/result.hpp"

#include "vfio_user/message_stream.hpp"

#include <cstdint>

namespace openbar::vfio_user {

/// Errors: invalid_argument (a width that is none, a length that is not a multiple of it);
/// misaligned.
[[nodiscard]] Result<void> check_width(Range part, unsigned width);

/// Whether a reply, with `data` bytes, is what was asked for. Nothing else may come in its place.
[[nodiscard]] bool answers(const Message& reply, const protocol::RegionAccess& request,
                           std::size_t data);

}  // namespace openbar::vfio_user
