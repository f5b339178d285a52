/// How the library's own code makes an `Error`: code, cause and hint. The public operation adds what
/// was attempted, by `Result::attempting`, so that its words are made only when something failed.
///
///     if (offset > size) return failure(ErrorCode::out_of_range, "offset 0x10 …");
///     if (fd < 0) return system_failure(errno, path, "sudo chown …");
#pragma once

#include "openbar/result.hpp"

#include <string>

namespace openbar {

[[nodiscard]] Error failure(ErrorCode code, std::string cause, std::string hint = {});

/// The code that stands for an errno where the caller knows nothing better.
[[nodiscard]] ErrorCode code_of_errno(int number) noexcept;

/// A failed system call: the cause reads "Permission denied", or "subject: Permission denied".
[[nodiscard]] Error system_failure(int number);
[[nodiscard]] Error system_failure(int number, std::string subject, std::string hint = {});

/// `{}` for a cause or a subject does not compile.
struct Nothing {};
Error failure(ErrorCode code, Nothing cause, std::string hint = {}) = delete;
Error system_failure(int number, Nothing subject, std::string hint = {}) = delete;

// While callers move to the ones above:
[[nodiscard]] Error failure(ErrorCode code, std::string attempted, std::string cause,
                            std::string hint);
[[nodiscard]] Error system_failure(int number, std::string attempted, std::string subject,
                                   std::string hint);

}  // namespace openbar
