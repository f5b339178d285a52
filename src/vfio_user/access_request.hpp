/// What every access to a region by message has to be, and to be called in errors.
#pragma once

#include "vfio_user/client_implementation.hpp"

#include <cstdint>
#include <string>

namespace openbar::vfio_user {

/// "read 4 bytes at 0x10 of test-server bar0"
[[nodiscard]] std::string describe(const std::string& server,
                                   Client::Implementation::Direction direction, RegionIndex region,
                                   std::uint64_t offset, std::uint64_t length);

/// Errors: invalid_argument (no width); misaligned.
[[nodiscard]] Result<void> check_width(const std::string& server,
                                       Client::Implementation::Direction direction,
                                       RegionIndex region, std::uint64_t offset, unsigned width);

/// Whether a reply, with `data` bytes, is what was asked for. Nothing else may come in its place.
[[nodiscard]] bool answers(const Message& reply, const protocol::RegionAccess& request,
                           std::size_t data);

}  // namespace openbar::vfio_user
