/// openbar.exe on a simulated card: its exit codes, and what it prints.
///
///     command_line_test.exe FILE.inf openbar_hardware.dll openbar.exe messages|line
#include "tests/wine/programs/command_expectations.hpp"
#include "tests/wine/programs/installed_card.hpp"

#include <windows.h>

#include <cstdio>
#include <string>
#include <vector>

namespace openbar::wine {
namespace {

using samples::Report;

void all_commands(CommandExpectations& test, const std::wstring& path, bool messages) {
    test.expect({L"--version"}, 0, {"openbar 0."});
    test.expect({L"list"}, 0, {"0000:00:04.0", "1234:11e8", "windows", "bar0 1M"});
    test.expect({L"list", L"--json"}, 0, {"\"address\": \"0000:00:04.0\""});
    test.expect({L"info", L"00:04.0"}, 0, {"1234:11e8", "bar0", "config"});
    test.expect({L"read", L"00:04.0", L"bar0", L"0"}, 0, {"0x010000ed"});
    test.expect({L"read", L"pci:1234:11e8", L"bar0", L"0"}, 0, {"0x010000ed"});
    test.expect({L"read", L"windows:0000:00:04.0", L"bar0", L"0", L"--requests"}, 0,
                {"0x010000ed"});
    test.expect({L"read", path, L"bar0", L"0"}, 0, {"0x010000ed"});
    test.expect({L"write", L"00:04.0", L"bar0", L"4", L"0x12345678", L"--requests"}, 0, {});
    test.expect({L"read", L"00:04.0", L"bar0", L"4", L"--requests"}, 0, {"0xedcba987"});
    test.expect({L"dump", L"00:04.0", L"config", L"--length", L"4"}, 0, {"4\x12\xe8\x11"});
    test.expect({L"config", L"00:04.0"}, 0, {"1234", "11e8"});
    test.expect({L"irq", L"00:04.0", L"--timeout", L"0.05"}, 3, {"did not fire"});
    test.expect({L"irq", L"00:04.0", L"--count", L"1", L"--timeout", L"5", L"--start", L"bar0",
                 L"0x60", L"1", L"--acknowledge", L"bar0", L"0x64", L"1"},
                0, {messages ? "msi 0" : "intx 0", "count 1"});
    test.expect({L"irq", L"00:04.0", L"--wrong"}, 2, {"--help"});
    test.expect({L"doctor"}, 0, {"1 PCI functions"});
    test.expect({L"read", L"00:04.0", L"bar0", L"0x100000"}, 1, {"do not lie within"});
    test.expect({L"read", L"00:05.0", L"bar0", L"0"}, 1, {"there is no such PCI function"});
    test.expect({L"read", L"vfio:00:04.0", L"bar0", L"0"}, 1, {"does not exist on this system"});
    test.expect({L"read", L"sim:edu", L"bar0", L"0"}, 1, {"Linux"});
    test.expect({L"write", L"00:04.0", L"config", L"0x10", L"0"}, 1,
                {"bytes that no request may write"});
    test.expect({L"bind", L"00:04.0", L"none"}, 1, {"INF"});
}

int run(const std::wstring& inf, const std::wstring& library, const std::wstring& program,
        bool messages) {
    Report report;
    InstalledCard card(inf, library);
    const std::wstring path = card.install(report);
    if (!path.empty()) {
        CommandExpectations test(samples::absolute_path(program), report);
        all_commands(test, path, messages);
    }
    card.uninstall(report);
    report.print(false);
    return report.exit_code();
}

}  // namespace
}  // namespace openbar::wine

int wmain(int count, wchar_t** arguments) {
    if (count != 5) {
        std::puts(
            "usage: command_line_test FILE.inf openbar_hardware.dll openbar.exe messages|line");
        return 2;
    }
    return openbar::wine::run(arguments[1], arguments[2], arguments[3],
                              std::wstring(arguments[4]) == L"messages");
}
