/// The words for what goes wrong with a connection. `attempted` of all is the caller's to fill in.
#pragma once

#include "openbar/result.hpp"

#include "vfio_user/message_stream.hpp"

#include <string>

namespace openbar::vfio_user {

[[nodiscard]] Error error_of(ErrorCode code, std::string cause, std::string hint = {});
[[nodiscard]] Error reply_to_nothing(const Message& reply);
/// For a reply with the error flag.
[[nodiscard]] Error refusal(const Message& reply);

}  // namespace openbar::vfio_user
