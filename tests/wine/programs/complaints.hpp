/// What the stand-in kernel wrote down against the driver, and whether that was unloaded.
///
///     forget_complaints();
///     ... install, use, remove, unload ...
///     report.add("rules of the kernel", "", "none broken", broken_rules());
#pragma once

#include "tests/wine/hardware/hardware.h"

#include <windows.h>

#include <fstream>
#include <string>
#include <vector>

namespace openbar::wine {

inline std::string narrow(const wchar_t* text) {
    std::string result;
    while (*text != 0) result += static_cast<char>(*text++);
    return result;
}

inline void forget_complaints() {
    DeleteFileW(OPENBAR_COMPLAINTS_FILE);
}

/// A line each, the last of which is "unloaded" once the checks at unload were made.
inline std::vector<std::string> complaints() {
    std::ifstream file(narrow(OPENBAR_COMPLAINTS_FILE));
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        lines.push_back(line);
    }
    return lines;
}

/// After the driver is unloaded.
inline std::string broken_rules() {
    std::string broken;
    bool unloaded = false;
    for (const std::string& line : complaints()) {
        if (line == OPENBAR_UNLOADED_LINE)
            unloaded = true;
        else
            broken += (broken.empty() ? "" : "; ") + line;
    }
    if (!unloaded) return "not unloaded" + (broken.empty() ? "" : ": " + broken);
    return broken.empty() ? "none broken" : broken;
}

}  // namespace openbar::wine
