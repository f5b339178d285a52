/// Replies that are errors.
#pragma once

#include "openbar/result.hpp"

#include "vfio_user/message_stream.hpp"

namespace openbar::vfio_user {

[[nodiscard]] Error reply_to_nothing(const Message& reply);
/// For a reply with the error flag.
[[nodiscard]] Error refusal(const Message& reply);

}  // namespace openbar::vfio_user
