/// A second driver that wants the names of one that runs: it must go without a trace.
///
///     start_second_copy(L"C:\\…\\shared_buffer.sys");        // "refused"
///
/// Its DriverEntry fails in the middle, since the device exists. What it had made by then has to be
/// gone, and what belongs to the first driver has to be there: call the first one afterwards.
#pragma once

#include "driver/samples/programs/driver_service.hpp"

#include <windows.h>

#include <array>
#include <string>

namespace openbar::samples {

/// "refused", "started", or why it could not be tried. The copy is a separate file, because a
/// kernel that has loaded a file does not load it again.
inline std::string start_second_copy(const std::wstring& driver) {
    std::array<wchar_t, MAX_PATH> folder{};
    std::array<wchar_t, MAX_PATH> copy{};
    if (GetTempPathW(static_cast<DWORD>(folder.size()), folder.data()) == 0 ||
        GetTempFileNameW(folder.data(), L"bar", 0, copy.data()) == 0 ||
        CopyFileW(driver.c_str(), copy.data(), FALSE) == 0)
        return "not copied: " + error_name(GetLastError());
    std::string outcome = "refused";
    {
        DriverService second(L"openbar_second_copy", copy.data());
        if (second.start())
            outcome = "started";
        else if (second.failure().find("cannot start") == std::string::npos)
            outcome = second.failure();
    }
    DeleteFileW(copy.data());
    return outcome;
}

}  // namespace openbar::samples
