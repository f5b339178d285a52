/// The /dev/uioN node of a device: its number and its open file.
#pragma once

#include "openbar/result.hpp"

#include "base/file_descriptor.hpp"

#include <optional>
#include <string>

namespace openbar::uio {

/// The N of /dev/uioN for a device's sysfs directory; empty where no UIO driver is bound.
[[nodiscard]] std::optional<unsigned> find_node(const std::string& device_directory);

/// Opens /dev/uioN. Errors: permission_denied and busy, with the command that helps.
[[nodiscard]] Result<FileDescriptor> open_node(unsigned number);

}  // namespace openbar::uio
