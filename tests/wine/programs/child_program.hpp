/// Another program, run to its end: with this one's standard streams, or with what it prints kept.
///
///     int code = run_program({L"openbar.exe", L"list"});
///     std::string printed;
///     int code = run_program({L"openbar.exe", L"list"}, &printed);
#pragma once

#include <windows.h>

#include <string>
#include <vector>

namespace openbar::wine {

/// As the C library takes a command line apart. Enough for arguments without quotes.
inline std::wstring command_line(const std::vector<std::wstring>& words) {
    std::wstring line;
    for (const std::wstring& word : words) {
        if (!line.empty()) line += L' ';
        const bool plain = !word.empty() && word.find_first_of(L" \t") == std::wstring::npos;
        line += plain ? word : L'"' + word + L'"';
    }
    return line;
}

/// The program's exit code; -1 where it could not be started. `printed` gets what it writes to
/// standard output and standard error, or why it was not started.
inline int run_program(const std::vector<std::wstring>& words, std::string* printed = nullptr) {
    SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
    HANDLE read = nullptr;
    HANDLE write = nullptr;
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    if (printed != nullptr) {
        if (CreatePipe(&read, &write, &inherited, 0) == 0) return -1;
        SetHandleInformation(read, HANDLE_FLAG_INHERIT, 0);
        startup.dwFlags = STARTF_USESTDHANDLES;
        startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
        startup.hStdOutput = startup.hStdError = write;
    }
    std::wstring line = command_line(words);
    PROCESS_INFORMATION process{};
    const BOOL started = CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, 0, nullptr,
                                        nullptr, &startup, &process);
    const DWORD error = GetLastError();
    if (write != nullptr) CloseHandle(write);
    if (started == 0) {
        if (read != nullptr) CloseHandle(read);
        if (printed != nullptr) *printed = "not started: error " + std::to_string(error);
        return -1;
    }
    char bytes[4096];
    for (DWORD count = 0;
         read != nullptr && ReadFile(read, bytes, sizeof bytes, &count, nullptr) != 0;)
        printed->append(bytes, count);
    if (read != nullptr) CloseHandle(read);
    WaitForSingleObject(process.hProcess, INFINITE);
    DWORD code = 1;
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return static_cast<int>(code);
}

}  // namespace openbar::wine
