/// Reaches the server behind a socket's path, and distinguishes the ways in which that fails.
#pragma once

#include "openbar/result.hpp"

#include "base/file_descriptor.hpp"
#include "vfio_user/message_stream.hpp"

#include <string>

namespace openbar::vfio_user {

[[nodiscard]] Result<FileDescriptor> connect_socket(const std::string& path, Deadline deadline);

}  // namespace openbar::vfio_user
