#include "vfio_user/access_request.hpp"

#include "base/failure.hpp"
#include "base/region_name.hpp"

#include <fmt/format.h>

namespace openbar::vfio_user {
namespace {

using Direction = Client::Implementation::Direction;
using protocol::RegionAccess;

constexpr bool is_width(unsigned width) {
    return width == 1 || width == 2 || width == 4 || width == 8;
}

}  // namespace

std::string describe(const std::string& server, Direction direction, RegionIndex region,
                     std::uint64_t offset, std::uint64_t length) {
    return fmt::format("{} {} bytes at {:#x} of {} {}",
                       direction == Direction::read ? "read" : "write", length, offset, server,
                       region_name(region));
}

Result<void> check_width(const std::string& server, Direction direction, RegionIndex region,
                         std::uint64_t offset, unsigned width) {
    if (!is_width(width)) {
        return failure(ErrorCode::invalid_argument,
                       describe(server, direction, region, offset, width),
                       "an access has a width of 1, 2, 4 or 8 bytes");
    }
    if (offset % width != 0) {
        return failure(ErrorCode::misaligned, describe(server, direction, region, offset, width),
                       "the offset is not a multiple of the width");
    }
    return {};
}

bool answers(const Message& reply, const RegionAccess& request, std::size_t data) {
    RegionAccess access;
    return reply.get(access) && access.offset == request.offset &&
           access.region == request.region && access.count == request.count &&
           reply.payload.size() == sizeof access + data;
}

}  // namespace openbar::vfio_user
