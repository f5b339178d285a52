/// The vfio_user back end: adapts the client library of `openbar/vfio_user/client.hpp`.
#pragma once

#include "openbar/vfio_user/client.hpp"

#include "device/backend.hpp"

#include <memory>
#include <string>

namespace openbar {

/// `keeps` lives as long as the client: the card itself, where it runs in this program.
[[nodiscard]] Result<std::shared_ptr<Backend>> make_vfio_user_backend(
    vfio_user::Client client, std::string address, std::shared_ptr<const void> keeps);

}  // namespace openbar
