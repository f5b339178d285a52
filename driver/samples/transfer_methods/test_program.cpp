/// Installs the transfer_methods driver, holds every conversation with it that it is made for and
/// those that it must refuse, and uninstalls it.
///
///     transfer_methods_test.exe [--driver transfer_methods.sys] [--json] [--clients 4]
#include "driver/samples/programs/client_processes.hpp"
#include "driver/samples/programs/device_handle.hpp"
#include "driver/samples/programs/driver_service.hpp"
#include "driver/samples/programs/options.hpp"
#include "driver/samples/programs/report.hpp"
#include "driver/samples/programs/second_copy.hpp"
#include "driver/samples/transfer_methods/transfer_methods.h"

#include <windows.h>
#include <winioctl.h>

#include <cstring>

namespace openbar::samples {
namespace {

constexpr const wchar_t* control_path = L"\\\\.\\OpenbarTransferControl";

struct Method {
    const char* name;
    DWORD code;
};
/// Those that return a reply. METHOD_IN_DIRECT takes bulk instead and is tried apart.
constexpr Method replying[] = {{"out direct", TRANSFER_OUT_DIRECT},
                               {"buffered", TRANSFER_BUFFERED},
                               {"neither", TRANSFER_NEITHER}};

struct Way {
    const char* name;
    const wchar_t* path;
};
constexpr Way ways[] = {{"buffered", L"\\\\.\\OpenbarTransferBuffered"},
                        {"direct", L"\\\\.\\OpenbarTransferDirect"},
                        {"neither", L"\\\\.\\OpenbarTransferNeither"}};

std::string reply_to(const std::string& method, std::size_t length) {
    return method + ": the driver read " + std::to_string(length) + " characters";
}

/// "39 bytes: 'buffered: …'"; the zero at the end is checked and not shown.
std::string describe_text(const Answer& answer) {
    if (!answer.succeeded() || answer.output.empty() || answer.output.back() != 0)
        return answer.describe();
    return std::to_string(answer.count) + " bytes: '" +
           std::string(answer.output.begin(), answer.output.end() - 1) + "'";
}

std::string text_of(const std::string& text) {
    return describe_text(
        {ERROR_SUCCESS, static_cast<DWORD>(text.size() + 1), zero_terminated(text)});
}

std::string size_needed(const std::string& text) {
    const auto size = static_cast<std::uint8_t>(text.size() + 1);
    return Answer{ERROR_MORE_DATA, 4, {size, 0, 0, 0}}.describe();
}

void read_and_write(const Way& way, Report& report) {
    const std::string name = way.name;
    const std::string message = "Hello from user mode!";
    const std::string reply = reply_to(name, message.size());
    DeviceHandle device(way.path);
    report.add("open " + name, "", "success", error_name(device.error()));
    report.add("write " + name, "'" + message + "'", "22 bytes",
               device.write(0, zero_terminated(message)).describe());
    report.add("read " + name, "64 bytes of room", text_of(reply), describe_text(device.read(64)));
    report.add("read " + name, "exactly enough room", text_of(reply),
               describe_text(device.read(reply.size() + 1)));
    report.add("read " + name, "one byte too little", size_needed(reply),
               device.read(reply.size()).describe());
    report.add("read " + name, "2 bytes of room", "ERROR_INSUFFICIENT_BUFFER, 0 bytes",
               device.read(2).describe());
    report.add("write " + name, "no zero at the end", "ERROR_INVALID_PARAMETER, 0 bytes",
               device.write(0, Bytes(64, 'x')).describe());
    report.add("write " + name, "nothing", "ERROR_INVALID_PARAMETER, 0 bytes",
               device.write(0, {}).describe());
    report.add("read " + name, "after the refusals", text_of(reply),
               describe_text(device.read(64)));
}

/// Each handle has a separate conversation.
void two_conversations(const Way& way, Report& report) {
    const std::string name = way.name;
    DeviceHandle one(way.path);
    DeviceHandle other(way.path);
    report.add("read " + name, "before any message", text_of(reply_to(name, 0)),
               describe_text(one.read(64)));
    one.write(0, zero_terminated("abc"));
    other.write(0, zero_terminated("abcdefg"));
    report.add("read " + name, "of two handles the first", text_of(reply_to(name, 3)),
               describe_text(one.read(64)));
    report.add("read " + name, "of two handles the second", text_of(reply_to(name, 7)),
               describe_text(other.read(64)));
}

void reply_to_code(const Method& method, DeviceHandle& device, Report& report) {
    const std::string name = std::string("code ") + method.name;
    const std::string message = std::string("Hello through ") + method.name;
    const std::string reply = reply_to(method.name, message.size());
    const Bytes sent = zero_terminated(message);
    report.add(name, "'" + message + "'", text_of(reply),
               describe_text(device.control(method.code, sent, 64)));
    report.add(name, "exactly enough room", text_of(reply),
               describe_text(device.control(method.code, sent, reply.size() + 1)));
    report.add(name, "one byte too little", size_needed(reply),
               device.control(method.code, sent, reply.size()).describe());
    report.add(name, "3 bytes of room", "ERROR_INSUFFICIENT_BUFFER, 0 bytes",
               device.control(method.code, sent, 3).describe());
    report.add(name, "no room at all", "ERROR_INSUFFICIENT_BUFFER, 0 bytes",
               device.control(method.code, sent, 0).describe());
    report.add(name, "no zero at the end", "ERROR_INVALID_PARAMETER, 0 bytes",
               device.control(method.code, Bytes(32, 'x'), 64).describe());
    report.add(name, "nothing", "ERROR_INVALID_PARAMETER, 0 bytes",
               device.control(method.code, {}, 64).describe());
    const std::string longest(TRANSFER_LONGEST_MESSAGE - 1, 'x');
    report.add(name, "the longest message", text_of(reply_to(method.name, longest.size())),
               describe_text(device.control(method.code, zero_terminated(longest), 64)));
    report.add(name, "one longer", "ERROR_INVALID_PARAMETER, 0 bytes",
               device.control(method.code, zero_terminated(longest + "x"), 64).describe());
    report.add(name, "a zero early on", text_of(reply_to(method.name, 1)),
               describe_text(device.control(method.code, {'a', 0, 'b', 'c'}, 64)));
}

void bulk_input(DeviceHandle& device, std::uint32_t size, Report& report) {
    Bytes bulk(size);
    std::uint32_t sum = 0;
    for (std::uint32_t index = 0; index < size; ++index) {
        bulk[index] = static_cast<std::uint8_t>(index * 7 + 1);
        sum += bulk[index];
    }
    Answer taken = device.control_with(TRANSFER_IN_DIRECT, zero_terminated("bulk"), bulk);
    const bool unchanged = taken.output == bulk;
    taken.output.clear();
    const std::string sent = std::to_string(size) + " bytes of bulk";
    report.add("code in direct", sent, std::to_string(size) + " bytes, unchanged",
               taken.describe() + (unchanged ? ", unchanged" : ", CHANGED"));
    const std::string answer =
        "in direct: " + std::to_string(size) + " bytes of bulk, sum " + std::to_string(sum);
    report.add("read control", sent, text_of(answer), describe_text(device.read(96)));
}

void in_direct(DeviceHandle& device, Report& report) {
    for (const std::uint32_t size : {1u, 4096u, 4097u, 1048576u, 0u})
        bulk_input(device, size, report);
    report.add("code in direct", "no zero at the end", "ERROR_INVALID_PARAMETER, 0 bytes",
               device.control_with(TRANSFER_IN_DIRECT, Bytes(8, 'x'), Bytes(16)).describe());
    report.add("read control", "after the refusal", text_of("in direct: 0 bytes of bulk, sum 0"),
               describe_text(device.read(96)));
}

/// A code of the control interface's shape that the driver does not know.
DWORD unknown_code(DWORD method) {
    return CTL_CODE(FILE_DEVICE_UNKNOWN, 0x804, method, TRANSFER_ACCESS);
}

/// The codes ask for both rights; one of them, or none, is not enough.
void refused_handles(Report& report) {
    struct Opened {
        const char* name;
        DWORD access;
    };
    constexpr Opened handles[] = {{"a handle without write access", GENERIC_READ},
                                  {"a handle without read access", GENERIC_WRITE},
                                  {"a handle without access", 0}};
    for (const Opened& opened : handles) {
        DeviceHandle device(control_path, opened.access);
        report.add("open control", opened.name, "success", error_name(device.error()));
        const auto refused = [&](const std::string& method, DWORD code) {
            report.add("code " + method, opened.name, "ERROR_ACCESS_DENIED, 0 bytes",
                       device.control(code, zero_terminated("hello"), 64).describe());
        };
        for (const Method& method : replying) refused(method.name, method.code);
        refused("in direct", TRANSFER_IN_DIRECT);
    }
}

/// What is asked of the device that answers something else.
void wrong_device(DeviceHandle& control, Report& report) {
    const Bytes hello = zero_terminated("hello");
    for (const DWORD method :
         {METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_OUT_DIRECT, METHOD_NEITHER})
        report.add("an unknown code", "method " + std::to_string(method),
                   "ERROR_INVALID_FUNCTION, 0 bytes",
                   control.control(unknown_code(method), hello, 64).describe());
    report.add("write control", "'hello'", "ERROR_INVALID_FUNCTION, 0 bytes",
               control.write(0, hello).describe());
    for (const Way& way : ways) {
        DeviceHandle device(way.path);
        for (const Method& method : replying)
            report.add(std::string("code ") + method.name, std::string("to ") + way.name,
                       "ERROR_INVALID_FUNCTION, 0 bytes",
                       device.control(method.code, hello, 64).describe());
    }
}

/// With stand-ins/user_memory_that_vanishes.cpp: what lies at the program's addresses goes away
/// between the call and the driver's look at it. It must cost the call, and nothing else.
void vanishing_memory(unsigned vanishes_at, Report& report) {
    DeviceHandle device(control_path);
    DeviceHandle neither(ways[2].path);
    const Bytes vanishing = zero_terminated(std::string(vanishes_at - 1, 'v'));
    report.add("write neither", "memory that vanishes", "ERROR_NOACCESS, 0 bytes",
               neither.write(0, vanishing).describe());
    report.add("code neither", "memory that vanishes", "ERROR_NOACCESS, 0 bytes",
               device.control(TRANSFER_NEITHER, vanishing, 64).describe());
    const Bytes hello = zero_terminated("hello");
    report.add("code neither", "room that vanishes", "ERROR_NOACCESS, 0 bytes",
               device.control(TRANSFER_NEITHER, hello, 4).describe());
    report.add("read neither", "room that vanishes", "ERROR_NOACCESS, 0 bytes",
               neither.read(4).describe());
    report.add("code neither", "memory that stays", text_of(reply_to("neither", 5)),
               describe_text(device.control(TRANSFER_NEITHER, hello, 64)));
}

/// Client so many sends messages of different lengths and must get back exactly those.
int be_client(const Options& options) {
    DeviceHandle device(control_path);
    DeviceHandle neither(ways[2].path);
    for (int round = 0; round < options.rounds; ++round) {
        const auto length = static_cast<std::size_t>(options.client * 100 + round % 100);
        const Bytes sent = zero_terminated(std::string(length, 'm'));
        for (const Method& method : replying)
            if (device.control(method.code, sent, 96).output !=
                zero_terminated(reply_to(method.name, length)))
                return 1;
        if (!neither.write(0, sent).succeeded()) return 2;
        if (neither.read(96).output != zero_terminated(reply_to("neither", length))) return 3;
    }
    return 0;
}

void clients(const Options& options, Report& report) {
    const std::string all = std::to_string(options.clients);
    ClientProcesses busy(options.clients, L"--rounds " + std::to_wstring(options.rounds));
    report.add("several clients at once", all + " processes", all + " got their own replies",
               std::to_string(busy.succeeded(60000)) + " got their own replies");
    ClientProcesses endless(options.clients, L"--rounds 1000000000");
    Sleep(500);
    report.add("clients killed at work", all + " processes", all + " killed",
               std::to_string(endless.kill()) + " killed");
}

bool converse(DriverService& service, const Options& options, Report& report) {
    if (options.ends_at != 0) {
        vanishing_memory(options.ends_at, report);
        return true;
    }
    for (const Way& way : ways) {
        read_and_write(way, report);
        two_conversations(way, report);
    }
    {
        DeviceHandle device(control_path);
        report.add("open control", "", "success", error_name(device.error()));
        for (const Method& method : replying) reply_to_code(method, device, report);
        in_direct(device, report);
        wrong_device(device, report);
    }
    refused_handles(report);
    report.add("a second copy of the driver", "", "refused", start_second_copy(options.driver));
    for (const Way& way : ways)
        report.add(std::string("open ") + way.name, "after the second copy", "success",
                   error_name(DeviceHandle(way.path).error()));
    clients(options, report);
    DeviceHandle again(control_path);
    report.add("code buffered", "after the killing", text_of(reply_to("buffered", 5)),
               describe_text(again.control(TRANSFER_BUFFERED, zero_terminated("hello"), 64)));
    return service.failure().empty();
}

int run(const Options& options) {
    if (options.client >= 0) return be_client(options);
    DriverService service(L"openbar_transfer_methods", options.driver);
    Report report;
    const bool done = service.start() && converse(service, options, report) && service.stop();
    report.add("install, start, stop", "", "success", done ? "success" : service.failure());
    report.print(options.json);
    return report.exit_code();
}

}  // namespace
}  // namespace openbar::samples

int wmain(int count, wchar_t** arguments) {
    openbar::samples::Options options;
    if (!openbar::samples::parse_options(count, arguments, L"transfer_methods.sys", options))
        return 2;
    return openbar::samples::run(options);
}
