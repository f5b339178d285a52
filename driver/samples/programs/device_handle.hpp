/// An open device, and what its calls answer, in one value that prints itself.
///
///     DeviceHandle device(L"\\\\.\\OpenbarSharedBuffer");
///     Answer answer = device.control(SHARED_BUFFER_GET_SIZE, {}, 4);
///     answer.describe();                                     // "4 bytes: 07 00 00 00"
#pragma once

#include "driver/samples/programs/windows_error.hpp"

#include <windows.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace openbar::samples {

using Bytes = std::vector<std::uint8_t>;

/// The bytes of a string, with the zero that ends it.
inline Bytes zero_terminated(const std::string& text) {
    Bytes bytes(text.begin(), text.end());
    bytes.push_back(0);
    return bytes;
}

/// "07 00 00 00"; a long run is cut short after sixteen bytes.
inline std::string hexadecimal(const Bytes& bytes) {
    std::string text;
    for (std::size_t index = 0; index < bytes.size() && index < 16; ++index) {
        std::array<char, 4> digits{};
        std::snprintf(digits.data(), digits.size(), "%02x", bytes[index]);
        text += (index != 0 ? " " : "") + std::string(digits.data());
    }
    return bytes.size() > 16 ? text + " ..." : text;
}

/// What a call answered: an error or none, the count it reported, and that many bytes of output.
struct Answer {
    DWORD error = ERROR_SUCCESS;
    DWORD count = 0;
    Bytes output;

    [[nodiscard]] bool succeeded() const { return error == ERROR_SUCCESS; }
    [[nodiscard]] std::string describe() const {
        std::string text = succeeded() ? "" : error_name(error) + ", ";
        text += std::to_string(count) + " bytes";
        return output.empty() ? text : text + ": " + hexadecimal(output);
    }
};

class DeviceHandle {
public:
    explicit DeviceHandle(const std::wstring& path, DWORD access = GENERIC_READ | GENERIC_WRITE)
        : handle_(CreateFileW(path.c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                              OPEN_EXISTING, 0, nullptr)),
          error_(handle_ == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS) {}
    DeviceHandle(const DeviceHandle&) = delete;
    DeviceHandle& operator=(const DeviceHandle&) = delete;
    ~DeviceHandle() {
        if (handle_ != INVALID_HANDLE_VALUE) CloseHandle(handle_);
    }

    /// Why it could not be opened, or ERROR_SUCCESS.
    [[nodiscard]] DWORD error() const { return error_; }

    /// Positions are given with each call, so that no two programs share a file pointer.
    Answer read(std::uint64_t position, std::size_t room) {
        Bytes output(room);
        OVERLAPPED at = overlapped(position);
        DWORD count = 0;
        const BOOL done = ReadFile(handle_, output.data(), static_cast<DWORD>(room), &count, &at);
        return answer(done, count, std::move(output));
    }

    /// For devices that know no positions; with a position given, Wine reports the count of a
    /// warning (ERROR_MORE_DATA) as 0.
    Answer read(std::size_t room) {
        Bytes output(room);
        DWORD count = 0;
        const BOOL done =
            ReadFile(handle_, output.data(), static_cast<DWORD>(room), &count, nullptr);
        return answer(done, count, std::move(output));
    }

    Answer write(std::uint64_t position, const Bytes& input) {
        OVERLAPPED at = overlapped(position);
        DWORD count = 0;
        const BOOL done =
            WriteFile(handle_, input.data(), static_cast<DWORD>(input.size()), &count, &at);
        return answer(done, count, {});
    }

    Answer control(DWORD code, Bytes input, std::size_t room) {
        return control_with(code, std::move(input), Bytes(room));
    }

    /// As `control`, with a second buffer that has contents (METHOD_IN_DIRECT reads it).
    Answer control_with(DWORD code, Bytes input, Bytes second) {
        DWORD count = 0;
        const BOOL done =
            DeviceIoControl(handle_, code, input.data(), static_cast<DWORD>(input.size()),
                            second.data(), static_cast<DWORD>(second.size()), &count, nullptr);
        return answer(done, count, std::move(second));
    }

    [[nodiscard]] HANDLE get() const { return handle_; }

private:
    static OVERLAPPED overlapped(std::uint64_t position) {
        OVERLAPPED at{};
        at.Offset = static_cast<DWORD>(position);
        at.OffsetHigh = static_cast<DWORD>(position >> 32);
        return at;
    }

    static Answer answer(BOOL done, DWORD count, Bytes output) {
        Answer result{done != 0 ? ERROR_SUCCESS : GetLastError(), count, std::move(output)};
        if (result.output.size() > count) result.output.resize(count);
        return result;
    }

    HANDLE handle_;
    DWORD error_;
};

}  // namespace openbar::samples
