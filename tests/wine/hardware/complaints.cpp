#include "tests/wine/hardware/complaints.hpp"

#include "tests/wine/hardware/hardware.h"

#include <windows.h>

#include <atomic>
#include <cstdio>

namespace openbar::hardware {
namespace {

std::atomic<std::uint32_t> count = 0;
constexpr std::uint32_t most_written = 200;

void write_line(const char* line) {
    HANDLE file = CreateFileW(OPENBAR_COMPLAINTS_FILE, FILE_APPEND_DATA,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                              OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) return;
    DWORD written = 0;
    WriteFile(file, line, static_cast<DWORD>(lstrlenA(line)), &written, nullptr);
    CloseHandle(file);
}

}  // namespace

void complain(const char* routine, const char* what, long long number) {
    if (++count > most_written) return;
    char line[256];
    std::snprintf(line, sizeof line, "%s: %s %lld\n", routine, what, number);
    write_line(line);
}

std::uint32_t complaint_count() {
    return count;
}

void note_unloaded() {
    write_line(OPENBAR_UNLOADED_LINE "\n");
}

}  // namespace openbar::hardware
