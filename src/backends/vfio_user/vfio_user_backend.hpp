/// The vfio_user back end: adapts the client library, below the words that its public class adds.
#pragma once

#include "device/backend.hpp"
#include "vfio_user/client_implementation.hpp"

#include <memory>
#include <string>

namespace openbar {

/// `keeps` lives as long as the client: the card itself, where it runs in this program.
[[nodiscard]] Result<std::shared_ptr<Backend>> make_vfio_user_backend(
    vfio_user::Client::Implementation::Pointer client, std::string address,
    std::shared_ptr<const void> keeps);

}  // namespace openbar
