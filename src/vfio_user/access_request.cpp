#include "vfio_user/access_request.hpp"

#include "base/failure.hpp"

namespace openbar::vfio_user {

Result<void> check_width(Range part, unsigned width) {
    if (width != 1 && width != 2 && width != 4 && width != 8)
        return failure(ErrorCode::invalid_argument, "an access has a width of 1, 2, 4 or 8 bytes");
    if (part.offset % width != 0)
        return failure(ErrorCode::misaligned, "the offset is not a multiple of the width");
    if (part.length % width != 0)
        return failure(ErrorCode::invalid_argument, "the size is not a multiple of the width");
    return {};
}

bool answers(const Message& reply, const protocol::RegionAccess& request, std::size_t data) {
    protocol::RegionAccess access;
    return reply.get(access) && access.offset == request.offset &&
           access.region == request.region && access.count == request.count &&
           reply.payload.size() == sizeof access + data;
}

}  // namespace openbar::vfio_user
