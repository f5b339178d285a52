/// How the library's own code makes an `Error`.
///
///     if (offset > size) return failure(ErrorCode::out_of_range, "read bar0", "offset 0x10 …");
///     if (fd < 0) return system_failure(errno, "open 0000:00:04.0", path, "sudo chown …");
#pragma once

#include "openbar/result.hpp"

#include <string>

namespace openbar {

[[nodiscard]] Error failure(ErrorCode code, std::string attempted, std::string cause,
                            std::string hint = {});

/// The code that stands for an errno where the caller knows nothing better.
[[nodiscard]] ErrorCode code_of_errno(int number) noexcept;

/// A failed system call: the cause reads "subject: Permission denied".
[[nodiscard]] Error system_failure(int number, std::string attempted, std::string subject,
                                   std::string hint = {});

}  // namespace openbar
