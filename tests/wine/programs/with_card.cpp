/// Runs another program while a driver on a simulated card is installed, and uninstalls it.
///
///     with_card.exe FILE.inf openbar_hardware.dll PROGRAM.exe [ARGUMENT…]
///
/// The exit code is the program's; 1 where the driver broke a rule of the kernel's, which is said.
#include "tests/wine/programs/child_program.hpp"
#include "tests/wine/programs/installed_card.hpp"

#include <windows.h>

#include <cstdio>
#include <string>
#include <vector>

int wmain(int count, wchar_t** arguments) {
    if (count < 4) {
        std::puts("usage: with_card FILE.inf openbar_hardware.dll PROGRAM.exe [ARGUMENT...]");
        return 2;
    }
    openbar::samples::Report report;
    openbar::wine::InstalledCard card(arguments[1], arguments[2]);
    int code = 1;
    if (!card.install(report).empty()) {
        code = openbar::wine::run_program({arguments + 3, arguments + count});
        if (code < 0) std::printf("with_card: cannot start %ls\n", arguments[3]);
    }
    card.uninstall(report);
    if (report.exit_code() != 0) report.print(false);
    return code == 0 ? report.exit_code() : code;
}
