#include "vfio_user/connection_errors.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

namespace openbar::vfio_user {

Error reply_to_nothing(const Message& reply) {
    return failure(ErrorCode::protocol,
                   fmt::format("the server sent a reply to nothing (number {}, command {})",
                               reply.header.id, static_cast<unsigned>(reply.header.command)));
}

Error refusal(const Message& reply) {
    const int number = static_cast<int>(reply.header.error);
    if (number <= 0 || number > 4095) {
        return failure(ErrorCode::io, "the server refuses it and gives no reason");
    }
    return system_failure(number, "the server refuses it");
}

}  // namespace openbar::vfio_user
