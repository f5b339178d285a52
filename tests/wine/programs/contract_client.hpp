/// The driver's contract, called directly: what the tests of the driver itself use, so that a fault
/// of the library cannot hide one of the driver.
///
///     ContractClient client(path);
///     openbar_description description{};
///     client.call(OPENBAR_IOCTL_DESCRIBE, client.header(), description);     // a Win32 error, or
///     0
#pragma once

#include "driver/interface/openbar_ioctl.h"

#include <windows.h>
#include <winioctl.h>

#include <cstring>
#include <string>

namespace openbar::wine {

class ContractClient {
public:
    explicit ContractClient(const std::wstring& path, DWORD access = GENERIC_READ | GENERIC_WRITE)
        : handle_(CreateFileW(path.c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                              OPEN_EXISTING, FILE_FLAG_OVERLAPPED, nullptr)),
          error_(handle_ == INVALID_HANDLE_VALUE ? GetLastError() : 0) {}
    ContractClient(const ContractClient&) = delete;
    ContractClient& operator=(const ContractClient&) = delete;
    ~ContractClient() { close(); }

    void close() {
        if (handle_ != INVALID_HANDLE_VALUE) CloseHandle(handle_);
        handle_ = INVALID_HANDLE_VALUE;
    }

    [[nodiscard]] DWORD error() const { return error_; }
    [[nodiscard]] HANDLE get() const { return handle_; }

    template <typename Structure>
    static Structure prepared() {
        Structure structure{};
        openbar_prepare(&structure.header, sizeof structure);
        return structure;
    }
    static openbar_header header() {
        openbar_header header{};
        openbar_prepare(&header, sizeof header);
        return header;
    }

    /// The error of GetLastError, or 0; `count` is how many bytes came back.
    DWORD call(DWORD code, const void* input, DWORD input_length, void* output, DWORD output_length,
               DWORD* count = nullptr) {
        OVERLAPPED overlapped{};
        overlapped.hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr);
        DWORD transferred = 0;
        DWORD error = 0;
        if (DeviceIoControl(handle_, code, const_cast<void*>(input), input_length, output,
                            output_length, &transferred, &overlapped) == 0)
            error = GetLastError();
        if (error == ERROR_IO_PENDING)
            error = GetOverlappedResult(handle_, &overlapped, &transferred, TRUE) != 0
                        ? 0
                        : GetLastError();
        CloseHandle(overlapped.hEvent);
        if (count != nullptr) *count = transferred;
        return error;
    }

    template <typename Input, typename Output>
    DWORD call(DWORD code, const Input& input, Output& output) {
        return call(code, &input, sizeof input, &output, sizeof output);
    }
    template <typename Input>
    DWORD call(DWORD code, const Input& input) {
        return call(code, &input, sizeof input, nullptr, 0);
    }

private:
    HANDLE handle_;
    DWORD error_;
};

}  // namespace openbar::wine
