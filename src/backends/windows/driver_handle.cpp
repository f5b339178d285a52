#include "backends/windows/driver_handle.hpp"

#include "backends/windows/wide_text.hpp"

#include <windows.h>
#include <winioctl.h>

namespace openbar::windows {
namespace {

/// A handle that waits can be pended on needs an event for each request; one for each thread will
/// do, since a thread waits for its requests one by one.
HANDLE event_of_this_thread() {
    thread_local const OwnedHandle event(CreateEventW(nullptr, TRUE, FALSE, nullptr));
    return event.get();
}

std::string remedy_for_opening(SystemError error) {
    if (error == ERROR_ACCESS_DENIED)
        return "run the program as an administrator, or have one widen the device's Security in "
               "its INF";
    return "openbar list shows the devices that there are";
}

}  // namespace

Result<DriverHandle> DriverHandle::open(const std::string& path, Access access) {
    const DWORD rights = access == Access::full ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ;
    OwnedHandle handle(CreateFileW(to_wide(path).c_str(), rights,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING,
                                   FILE_FLAG_OVERLAPPED, nullptr));
    if (!handle) {
        const SystemError error = GetLastError();
        return windows_failure(error, path, remedy_for_opening(error));
    }
    DriverHandle driver(std::move(handle));
    auto versions = prepared<openbar_negotiation>();
    versions.oldest = OPENBAR_CONTRACT_VERSION;
    versions.newest = OPENBAR_CONTRACT_VERSION;
    if (const SystemError error = driver.call(OPENBAR_IOCTL_NEGOTIATE, versions, versions))
        return request_failure(error);
    return driver;
}

std::optional<openbar_description> DriverHandle::look_at(const std::string& path) {
    const auto driver = open(path, Access::look);
    if (!driver) return std::nullopt;
    const auto description = driver->describe();
    return description ? std::optional(*description) : std::nullopt;
}

SystemError DriverHandle::call(std::uint32_t code, const void* input, std::size_t input_size,
                               void* output, std::size_t output_size) const {
    OVERLAPPED overlapped{};
    overlapped.hEvent = event_of_this_thread();
    DWORD transferred = 0;
    if (DeviceIoControl(get(), code, const_cast<void*>(input), static_cast<DWORD>(input_size),
                        output, static_cast<DWORD>(output_size), &transferred, &overlapped) != 0)
        return 0;
    const DWORD error = GetLastError();
    if (error != ERROR_IO_PENDING) return error;
    return GetOverlappedResult(get(), &overlapped, &transferred, TRUE) != 0 ? 0 : GetLastError();
}

SystemError DriverHandle::call_object(std::uint32_t code, std::uint64_t object) const {
    auto asked = prepared<openbar_object>();
    asked.object = object;
    return call(code, asked);
}

Result<openbar_description> DriverHandle::describe() const {
    openbar_header asked{};
    openbar_prepare(&asked, sizeof asked);
    openbar_description description{};
    if (const SystemError error = call(OPENBAR_IOCTL_DESCRIBE, asked, description))
        return request_failure(error);
    return description;
}

}  // namespace openbar::windows
