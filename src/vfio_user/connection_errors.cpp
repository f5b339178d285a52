#include "vfio_user/connection_errors.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace openbar::vfio_user {

Error error_of(ErrorCode code, std::string cause, std::string hint) {
    return Error{code, {}, std::move(cause), std::move(hint), 0};
}

Error reply_to_nothing(const Message& reply) {
    return error_of(ErrorCode::protocol,
                    fmt::format("the server sent a reply to nothing (number {}, command {})",
                                reply.header.id, static_cast<unsigned>(reply.header.command)));
}

Error refusal(const Message& reply) {
    const int number = static_cast<int>(reply.header.error);
    if (number <= 0 || number > 4095) {
        return error_of(ErrorCode::io, "the server refuses it and gives no reason");
    }
    Error error = error_of(
        code_of_errno(number),
        "the server refuses it: " + std::error_code(number, std::generic_category()).message());
    error.system_error = number;
    return error;
}

}  // namespace openbar::vfio_user
