#include "openbar/error.hpp"

#include "base/failure.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace openbar {

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_argument: return "invalid_argument";
        case ErrorCode::out_of_range: return "out_of_range";
        case ErrorCode::misaligned: return "misaligned";
        case ErrorCode::not_found: return "not_found";
        case ErrorCode::ambiguous: return "ambiguous";
        case ErrorCode::unsupported: return "unsupported";
        case ErrorCode::permission_denied: return "permission_denied";
        case ErrorCode::busy: return "busy";
        case ErrorCode::disabled: return "disabled";
        case ErrorCode::removed: return "removed";
        case ErrorCode::timed_out: return "timed_out";
        case ErrorCode::cancelled: return "cancelled";
        case ErrorCode::protocol: return "protocol";
        case ErrorCode::resource_exhausted: return "resource_exhausted";
        case ErrorCode::io: return "io";
    }
    return "unknown";
}

std::string Error::message() const {
    std::string text = attempted + ": " + cause;
    if (!remedy.empty()) text += "\n  to mend it: " + remedy;
    return text;
}

std::unexpected<Error> failure(ErrorCode code, std::string attempted, std::string cause,
                               std::string remedy) {
    return std::unexpected(
        Error{code, std::move(attempted), std::move(cause), std::move(remedy), 0});
}

ErrorCode code_of_errno(int number) noexcept {
    switch (number) {
        case EINVAL: return ErrorCode::invalid_argument;
        case EPERM:
        case EACCES: return ErrorCode::permission_denied;
        case ENOENT: return ErrorCode::not_found;
        case ENODEV:
        case ENXIO:
        case EPIPE:
        case ECONNRESET: return ErrorCode::removed;
        case EBUSY: return ErrorCode::busy;
        case ENOMEM:
        case ENOSPC:
        case EMFILE:
        case ENFILE: return ErrorCode::resource_exhausted;
        case ENOSYS:
        case ENOTTY:
        case EOPNOTSUPP: return ErrorCode::unsupported;
        case ETIMEDOUT: return ErrorCode::timed_out;
        case EPROTO: return ErrorCode::protocol;
        default: return ErrorCode::io;
    }
}

std::unexpected<Error> system_failure(int number, std::string attempted, std::string subject,
                                      std::string remedy) {
    std::string cause = std::error_code(number, std::generic_category()).message();
    if (!subject.empty()) cause = subject + ": " + cause;
    return std::unexpected(Error{code_of_errno(number), std::move(attempted), std::move(cause),
                                 std::move(remedy), number});
}

}  // namespace openbar
