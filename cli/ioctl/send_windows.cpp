#include "cli/ioctl/control_code.hpp"
#include "cli/ioctl/send.hpp"

#include <fmt/format.h>
#include <windows.h>

#include <memory>
#include <string_view>

namespace openbar::cli {
namespace {

struct CloseHandle {
    using pointer = HANDLE;
    void operator()(HANDLE handle) const noexcept { ::CloseHandle(handle); }
};
using Handle = std::unique_ptr<void, CloseHandle>;

std::wstring wide(std::string_view text) {
    const int size = static_cast<int>(text.size());
    std::wstring result(text.size(), L'\0');
    const int length = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, result.data(), size);
    result.resize(static_cast<std::size_t>(length > 0 ? length : 0));
    return result;
}

/// In Windows' words, without the line break that they end in.
std::string words_of(DWORD number) {
    char text[512];
    DWORD length = ::FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                                    nullptr, number, 0, text, sizeof text, nullptr);
    while (length > 0 && (text[length - 1] == '\r' || text[length - 1] == '\n' ||
                          text[length - 1] == ' ' || text[length - 1] == '.'))
        --length;
    return length == 0 ? fmt::format("error {}", number)
                       : fmt::format("{} (error {})", std::string_view(text, length), number);
}

Error windows_failure(DWORD number, std::string attempted, std::string hint) {
    ErrorCode code = ErrorCode::io;
    if (number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND)
        code = ErrorCode::not_found;
    if (number == ERROR_ACCESS_DENIED) code = ErrorCode::permission_denied;
    if (number == ERROR_INVALID_FUNCTION || number == ERROR_NOT_SUPPORTED)
        code = ErrorCode::unsupported;
    return Error{code, std::move(attempted), words_of(number), std::move(hint),
                 static_cast<int>(number)};
}

DWORD desired_access(RequiredAccess access) noexcept {
    const auto bits = static_cast<unsigned>(access);
    return ((bits & 1) != 0 ? GENERIC_READ : 0) | ((bits & 2) != 0 ? GENERIC_WRITE : 0);
}

}  // namespace

Result<ControlAnswer> send_control(ControlRequest request) {
    const std::string path =
        request.path.starts_with("\\\\") ? request.path : "\\\\.\\" + request.path;
    const auto access = ControlCode::decode(request.code).access;
    const Handle device(::CreateFileW(wide(path).c_str(), desired_access(access),
                                      FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0,
                                      nullptr));
    if (device.get() == INVALID_HANDLE_VALUE)
        return windows_failure(::GetLastError(), fmt::format("open {}", path),
                               "check the name, the driver, and the permissions of this user");
    const std::string attempted = fmt::format("send {:#010x} to {}", request.code, path);
    DWORD returned = 0;
    const bool done =
        ::DeviceIoControl(device.get(), request.code, request.input.data(),
                          static_cast<DWORD>(request.input.size()), request.output.data(),
                          static_cast<DWORD>(request.output.size()), &returned, nullptr) != 0;
    const DWORD error = done ? ERROR_SUCCESS : ::GetLastError();
    if (!done && error != ERROR_MORE_DATA)
        return windows_failure(error, attempted,
                               error == ERROR_INSUFFICIENT_BUFFER ? "use a larger --out" : "");
    if (returned > request.output.size())
        return Error{ErrorCode::protocol, attempted,
                     fmt::format("the driver claims {} bytes in a buffer of {}", returned,
                                 request.output.size())};
    request.output.resize(returned);
    return ControlAnswer{std::move(request.output), !done};
}

}  // namespace openbar::cli
