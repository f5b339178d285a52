#include "backends/windows/status.hpp"

#include "backends/windows/wide_text.hpp"
#include "base/failure.hpp"

#include <fmt/format.h>
#include <windows.h>

#include <algorithm>
#include <array>

namespace openbar::windows {
namespace {

struct Meaning {
    openbar_status status;
    SystemError error;
    ErrorCode code;
    const char* text;
};

constexpr auto meanings = std::to_array<Meaning>({
#define OPENBAR_MEANING(name, value, ntstatus, win32, code, text) \
    {value, win32, ErrorCode::code, text},
    OPENBAR_STATUSES(OPENBAR_MEANING)
#undef OPENBAR_MEANING
});

std::string remedy_for(openbar_status status) {
    switch (status) {
        case OPENBAR_STATUS_POLICY:
            return "an administrator allows it by DmaPolicy in the device's hardware key: "
                   "docs/driver-contract.md";
        case OPENBAR_STATUS_BUSY: return "end the program that has it, or let go of what uses it";
        case OPENBAR_STATUS_VERSION:
        case OPENBAR_STATUS_UNKNOWN_REQUEST: return "install the driver of this openbar's version";
        case OPENBAR_STATUS_PAUSED: return "try again";
        case OPENBAR_STATUS_REMOVED: return "plug the device in, and open it again";
        default: return {};
    }
}

Error failure_of(const Meaning& meaning) {
    return Error{.code = meaning.code,
                 .cause = meaning.text,
                 .hint = remedy_for(meaning.status),
                 .system_error = static_cast<int>(meaning.error)};
}

std::string words_of(SystemError error) {
    std::array<wchar_t, 512> text{};
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                                  nullptr, error, 0, text.data(), text.size(), nullptr);
    while (length != 0 && (text[length - 1] == L'\n' || text[length - 1] == L'\r')) --length;
    return length == 0 ? fmt::format("error {}", error) : to_utf8({text.data(), length});
}

ErrorCode code_of(SystemError error) {
    switch (error) {
        case ERROR_ACCESS_DENIED: return ErrorCode::permission_denied;
        case ERROR_FILE_NOT_FOUND:
        case ERROR_PATH_NOT_FOUND:
        case ERROR_INVALID_NAME:
        case ERROR_BAD_PATHNAME: return ErrorCode::not_found;
        case ERROR_SHARING_VIOLATION: return ErrorCode::busy;
        case ERROR_NOT_ENOUGH_MEMORY:
        case ERROR_OUTOFMEMORY:
        case ERROR_TOO_MANY_OPEN_FILES:
        case ERROR_NO_SYSTEM_RESOURCES: return ErrorCode::resource_exhausted;
        case ERROR_GEN_FAILURE:
        case ERROR_DEVICE_REMOVED:
        case ERROR_DEVICE_NOT_CONNECTED: return ErrorCode::removed;
        default: return ErrorCode::io;
    }
}

}  // namespace

Error status_failure(openbar_status status) {
    const auto* found = std::ranges::find(meanings, status, &Meaning::status);
    if (found != meanings.end()) return failure_of(*found);
    return failure(ErrorCode::protocol,
                   fmt::format("the driver answers with an unknown status, {}", status),
                   "install the driver of this openbar's version");
}

Error request_failure(SystemError error) {
    const auto* found = std::ranges::find(meanings, error, &Meaning::error);
    if (found != meanings.end()) return failure_of(*found);
    return windows_failure(error, "the driver");
}

Error windows_failure(SystemError error, const std::string& subject, std::string hint) {
    return Error{.code = code_of(error),
                 .cause = subject + ": " + words_of(error),
                 .hint = std::move(hint),
                 .system_error = static_cast<int>(error)};
}

}  // namespace openbar::windows
