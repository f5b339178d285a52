/// This program again, several times over, as clients of the same driver.
///
///     ClientProcesses clients(4, L"--rounds 200");       // each gets --client 0 … 3 as well
///     clients.succeeded(30000);                          // how many of them ended well
#pragma once

#include <windows.h>

#include <array>
#include <string>
#include <vector>

namespace openbar::samples {

class ClientProcesses {
public:
    ClientProcesses(int count, const std::wstring& arguments) {
        std::array<wchar_t, 1024> program{};
        GetModuleFileNameW(nullptr, program.data(), static_cast<DWORD>(program.size()));
        for (int index = 0; index < count; ++index) {
            std::wstring line = L"\"" + std::wstring(program.data()) + L"\" --client " +
                                std::to_wstring(index) + L" " + arguments;
            STARTUPINFOW startup{};
            startup.cb = sizeof startup;
            PROCESS_INFORMATION process{};
            if (CreateProcessW(nullptr, line.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr,
                               &startup, &process) == 0)
                continue;
            CloseHandle(process.hThread);
            processes_.push_back(process.hProcess);
        }
        complete_ = processes_.size() == static_cast<std::size_t>(count);
    }
    ClientProcesses(const ClientProcesses&) = delete;
    ClientProcesses& operator=(const ClientProcesses&) = delete;
    ~ClientProcesses() {
        for (HANDLE process : processes_) CloseHandle(process);
    }

    /// Ends each of them at once, in the middle of whatever it does. The number that were running.
    int kill() {
        int running = 0;
        for (HANDLE process : processes_) {
            if (WaitForSingleObject(process, 0) != WAIT_OBJECT_0) ++running;
            TerminateProcess(process, 99);
        }
        for (HANDLE process : processes_) WaitForSingleObject(process, 10000);
        return running;
    }

    /// Waits for all; the number that ended with exit code 0 within the time.
    int succeeded(DWORD milliseconds) {
        int count = 0;
        for (HANDLE process : processes_) {
            DWORD code = 1;
            if (WaitForSingleObject(process, milliseconds) == WAIT_OBJECT_0 &&
                GetExitCodeProcess(process, &code) != 0 && code == 0)
                ++count;
        }
        return complete_ ? count : -1;
    }

private:
    std::vector<HANDLE> processes_;
    bool complete_ = false;
};

}  // namespace openbar::samples
