/// `openbar.exe ioctl send` to both sample drivers: its exit codes, and what it prints.
///
///     ioctl_send_test.exe openbar.exe shared_buffer.sys transfer_methods.sys
#include "driver/samples/programs/driver_service.hpp"
#include "driver/samples/programs/options.hpp"
#include "tests/wine/programs/command_expectations.hpp"

#include <windows.h>

#include <cstdio>
#include <string>
#include <vector>

namespace openbar::wine {
namespace {

using samples::Report;

class Sends {
public:
    Sends(const std::wstring& program, Report& report) : openbar_(program, report) {}

    void expect(std::vector<std::wstring> arguments, int code,
                const std::vector<std::string>& parts) {
        arguments.insert(arguments.begin(), {L"ioctl", L"send"});
        openbar_.expect(arguments, code, parts);
    }

private:
    CommandExpectations openbar_;
};

void to_shared_buffer(Sends& send) {
    const std::wstring path = L"OpenbarSharedBuffer";
    send.expect({path, L"0x22200c", L"--out", L"4", L"--json"}, 0, {"\"bytes\": \"00000000\""});
    send.expect({L"\\\\.\\" + path, L"0x22200c", L"--out", L"3"}, 1, {"error 122"});
    send.expect({path, L"0x222ffc"}, 1, {"error 1)"});
    send.expect({L"OpenbarNothing", L"0x22200c"}, 1, {"error 2)"});
}

// "hi" and its zero, by each method; the replies begin "buffered: the driver read 2 characters".
void to_transfer_methods(Sends& send) {
    const std::wstring path = L"OpenbarTransferControl";
    const auto hi = [&](const wchar_t* code, std::vector<std::wstring> rest) {
        rest.insert(rest.begin(), {path, code, L"--in", L"686900", L"--json"});
        return rest;
    };
    send.expect(hi(L"0x22e008", {L"--out", L"64"}), 0, {"\"returned\": 39"});
    send.expect(hi(L"0x22e006", {L"--out", L"64"}), 0, {"\"returned\": 41"});
    send.expect(hi(L"0x22e00f", {L"--out", L"64"}), 0, {"\"returned\": 38"});
    send.expect(hi(L"0x22e001", {L"--bulk", L"0102030405"}), 0, {"\"returned\": 5"});
    send.expect(hi(L"0x22e008", {L"--out", L"5"}), 1, {"\"bytes\": \"27000000\""});
    send.expect({path, L"0x22e008", L"--in", L"6869", L"--out", L"64"}, 1, {"error 87)"});
}

void with_driver(const wchar_t* image, Report& report, void (*body)(Sends&), Sends& send) {
    samples::DriverService service(L"openbar_ioctl_send_test", samples::absolute_path(image));
    const bool started = service.start();
    report.add("start the driver", "", "done", started ? "done" : service.failure());
    if (started) body(send);
}

}  // namespace
}  // namespace openbar::wine

int wmain(int count, wchar_t** arguments) {
    using namespace openbar;
    if (count != 4) {
        std::puts("usage: ioctl_send_test openbar.exe shared_buffer.sys transfer_methods.sys");
        return 2;
    }
    samples::Report report;
    wine::Sends send(samples::absolute_path(arguments[1]), report);
    wine::with_driver(arguments[2], report, wine::to_shared_buffer, send);
    wine::with_driver(arguments[3], report, wine::to_transfer_methods, send);
    report.print(false);
    return report.exit_code();
}
