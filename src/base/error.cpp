#include "openbar/result.hpp"

#include "base/failure.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ostream>
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
    std::string text = attempted.empty() ? cause : attempted + ": " + cause;
    if (!hint.empty()) text += "\n  hint: " + hint;
    return text;
}

std::ostream& operator<<(std::ostream& out, ErrorCode code) {
    return out << to_string(code);
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
    return out << error.message();
}

Exception::Exception(Error error) : error_(std::move(error)), message_(error_.message()) {}

namespace detail {

void throw_exception(const Error& error) {
    throw Exception(error);
}

void abort_with(const Error& error) noexcept {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    std::abort();
}

void abort_without_error() noexcept {
    std::fputs("openbar: error() of a result that holds a value\n", stderr);
    std::abort();
}

void add_attempt(Error& error, std::string attempted) {
    if (!error.attempted.empty()) error.cause = error.attempted + ": " + error.cause;
    error.attempted = std::move(attempted);
}

}  // namespace detail

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

Error failure(ErrorCode code, std::string cause, std::string hint) {
    return {code, {}, std::move(cause), std::move(hint), 0};
}

Error system_failure(int number) {
    return system_failure(number, std::string());
}

Error system_failure(int number, std::string subject, std::string hint) {
    std::string cause = std::error_code(number, std::generic_category()).message();
    if (!subject.empty()) cause = subject + ": " + cause;
    return {code_of_errno(number), {}, std::move(cause), std::move(hint), number};
}

Error failure(ErrorCode code, std::string attempted, std::string cause, std::string hint) {
    Error error = failure(code, std::move(cause), std::move(hint));
    error.attempted = std::move(attempted);
    return error;
}

Error system_failure(int number, std::string attempted, std::string subject, std::string hint) {
    Error error = system_failure(number, std::move(subject), std::move(hint));
    error.attempted = std::move(attempted);
    return error;
}

}  // namespace openbar
