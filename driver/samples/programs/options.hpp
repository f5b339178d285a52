/// The options that the samples' test programs share.
#pragma once

#include <windows.h>

#include <array>
#include <cstdio>
#include <cwchar>
#include <string>
#include <string_view>

namespace openbar::samples {

struct Options {
    std::wstring driver;  ///< the .sys file; by default the one beside the program
    bool json = false;
    int clients = 4;
    int client = -1;  ///< this process is client number so many of another
    int rounds = 200;
    unsigned ends_at = 0;  ///< the driver under test finds no memory from so many bytes on
};

inline std::wstring beside_this_program(const wchar_t* file) {
    std::array<wchar_t, 1024> path{};
    GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    const std::wstring program(path.data());
    return program.substr(0, program.find_last_of(L'\\') + 1) + file;
}

/// An absolute path, as the service manager wants it.
inline std::wstring absolute_path(const std::wstring& path) {
    std::array<wchar_t, 1024> full{};
    const DWORD length =
        GetFullPathNameW(path.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
    return length != 0 && length < full.size() ? std::wstring(full.data()) : path;
}

/// A whole number of at least `least`; false where `text` is none.
template <typename Number>
bool read_number(const wchar_t* text, Number least, Number& number) {
    wchar_t* end = nullptr;
    const long value = std::wcstol(text, &end, 10);
    if (end == text || *end != L'\0' || value < static_cast<long>(least)) return false;
    number = static_cast<Number>(value);
    return true;
}

/// False, with the usage printed, where the arguments make no sense.
inline bool parse_options(int count, wchar_t** arguments, const wchar_t* default_driver,
                          Options& options) {
    options.driver = beside_this_program(default_driver);
    for (int index = 1; index < count; ++index) {
        const std::wstring_view name = arguments[index];
        const wchar_t* value = index + 1 < count ? arguments[index + 1] : nullptr;
        if (name == L"--json") {
            options.json = true;
            continue;
        }
        bool understood = value != nullptr;
        if (understood && name == L"--driver")
            options.driver = absolute_path(value);
        else if (understood && name == L"--clients")
            understood = read_number(value, 1, options.clients);
        else if (understood && name == L"--client")
            understood = read_number(value, 0, options.client);
        else if (understood && name == L"--rounds")
            understood = read_number(value, 1, options.rounds);
        else if (understood && name == L"--memory-ends-at")
            understood = read_number(value, 1u, options.ends_at);
        else
            understood = false;
        if (!understood) {
            std::printf(
                "usage: %ls [--driver FILE.sys] [--json] [--clients N] [--rounds N]\n"
                "Installs the driver, calls it, prints what was expected and what came, and\n"
                "uninstalls it. Needs an administrator.\n",
                arguments[0]);
            return false;
        }
        ++index;
    }
    return true;
}

}  // namespace openbar::samples
