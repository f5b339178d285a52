/// Installs the shared_buffer driver, does with it what a program can do, and uninstalls it.
///
///     shared_buffer_test.exe [--driver shared_buffer.sys] [--json] [--clients 4] [--rounds 200]
#include "driver/samples/programs/client_processes.hpp"
#include "driver/samples/programs/device_handle.hpp"
#include "driver/samples/programs/driver_service.hpp"
#include "driver/samples/programs/options.hpp"
#include "driver/samples/programs/report.hpp"
#include "driver/samples/programs/second_copy.hpp"
#include "driver/samples/shared_buffer/shared_buffer.h"

#include <windows.h>
#include <winioctl.h>

#include <cstring>

namespace openbar::samples {
namespace {

constexpr std::size_t slot_size = 64;

Bytes number(std::uint32_t value) {
    Bytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

std::string some_bytes(const Bytes& bytes) {
    return Answer{0, static_cast<DWORD>(bytes.size()), bytes}.describe();
}
std::string at(std::uint64_t position) {
    return "at " + std::to_string(position);
}

/// One call after the other, as the book's own program goes through its driver.
class Conversation {
public:
    Conversation(DeviceHandle& device, Report& report) : device_(device), report_(report) {}

    void read(std::uint64_t position, std::size_t room, const std::string& expected) {
        report_.add("read " + at(position), std::to_string(room) + " bytes of room", expected,
                    device_.read(position, room).describe());
    }
    void write(std::uint64_t position, const Bytes& bytes, const std::string& expected) {
        report_.add("write " + at(position), some_bytes(bytes), expected,
                    device_.write(position, bytes).describe());
    }
    void control(const char* name, DWORD code, std::size_t room, const std::string& expected) {
        report_.add(name, std::to_string(room) + " bytes of room", expected,
                    device_.control(code, {}, room).describe());
    }
    void size(std::uint32_t expected) {
        control("get size", SHARED_BUFFER_GET_SIZE, 4, some_bytes(number(expected)));
    }
    void contents(const Bytes& expected) {
        control("get contents", SHARED_BUFFER_GET_CONTENTS, expected.size(), some_bytes(expected));
    }

private:
    DeviceHandle& device_;
    Report& report_;
};

void everyday_calls(Conversation& talk) {
    talk.size(0);
    talk.read(0, 4, "0 bytes");
    talk.write(0, {0x78, 0x56, 0x34, 0x12}, "4 bytes");
    talk.size(4);
    talk.read(0, 4, "4 bytes: 78 56 34 12");
    talk.write(3, {1, 2, 3, 4}, "4 bytes");
    talk.contents({0x78, 0x56, 0x34, 1, 2, 3, 4});
    talk.write(9, {9}, "1 bytes");
    talk.contents({0x78, 0x56, 0x34, 1, 2, 3, 4, 0, 0, 9});
    talk.read(2, 3, "3 bytes: 34 01 02");
    talk.read(8, 100, "2 bytes: 00 09");
    talk.control("get contents", SHARED_BUFFER_GET_CONTENTS, 9,
                 "ERROR_MORE_DATA, 4 bytes: 0a 00 00 00");
    talk.control("get contents", SHARED_BUFFER_GET_CONTENTS, 3,
                 "ERROR_INSUFFICIENT_BUFFER, 0 bytes");
    talk.control("get size", SHARED_BUFFER_GET_SIZE, 3, "ERROR_INSUFFICIENT_BUFFER, 0 bytes");
    talk.control("zero", SHARED_BUFFER_ZERO, 0, "0 bytes");
    talk.contents(Bytes(10));
    for (const DWORD method :
         {METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_OUT_DIRECT, METHOD_NEITHER})
        talk.control("an unknown code", CTL_CODE(FILE_DEVICE_UNKNOWN, 0x805, method, 0), 4,
                     "ERROR_INVALID_FUNCTION, 0 bytes");
}

/// What there is to lose of nothing.
void empty_buffer(Conversation& talk) {
    talk.control("remove", SHARED_BUFFER_REMOVE, 0, "0 bytes");
    talk.control("remove", SHARED_BUFFER_REMOVE, 0, "0 bytes");
    talk.control("zero", SHARED_BUFFER_ZERO, 0, "0 bytes");
    talk.size(0);
    talk.contents({});
    talk.read(0, 0, "0 bytes");
    talk.write(0, {}, "0 bytes");
    talk.write(1000, {}, "0 bytes");  // of no bytes: the buffer does not grow
    talk.size(0);
}

/// What the original got wrong. After each the contents are what they were.
void faults_of_the_original(Conversation& talk) {
    const Bytes kept = {0xaa, 0xbb, 0xcc};
    talk.control("remove", SHARED_BUFFER_REMOVE, 0, "0 bytes");
    talk.size(0);
    talk.write(0, kept, "3 bytes");

    // Position and length were added in 32 bits: 0xffffffff + 2 is 1, which "fits".
    talk.write(0xffffffff, {1, 2}, "ERROR_DISK_FULL, 0 bytes");
    talk.read(0xffffffff, 2, "0 bytes");
    // The position was cut to 32 bits: 2^32 became 0.
    talk.write(0x100000000, {1, 2}, "ERROR_DISK_FULL, 0 bytes");
    talk.read(0x100000000, 2, "0 bytes");
    talk.write(0x7ffffffffffffff0, Bytes(32), "ERROR_DISK_FULL, 0 bytes");
    // Positions are signed: these are -1 ("at the end", to a file system), -2 ("where the last call
    // ended") and the lowest there is.
    for (const std::uint64_t negative :
         {0xffffffffffffffffull, 0xfffffffffffffffeull, 0x8000000000000000ull}) {
        talk.write(negative, {1, 2}, "ERROR_INVALID_PARAMETER, 0 bytes");
        talk.read(negative, 2, "ERROR_INVALID_PARAMETER, 0 bytes");
    }
    talk.write(50, {}, "0 bytes");
    // Size less position was unsigned: past the end it became almost 2^32 bytes.
    talk.read(3, 16, "0 bytes");
    talk.read(4, 16, "0 bytes");
    talk.read(1000, 16, "0 bytes");
    // Nothing bounded the growth.
    talk.write(SHARED_BUFFER_DEFAULT_LIMIT, {1}, "ERROR_DISK_FULL, 0 bytes");
    talk.write(SHARED_BUFFER_DEFAULT_LIMIT - 1, {1, 2}, "ERROR_DISK_FULL, 0 bytes");
    talk.contents(kept);
    talk.write(SHARED_BUFFER_DEFAULT_LIMIT - 1, {1}, "1 bytes");
    talk.size(SHARED_BUFFER_DEFAULT_LIMIT);
    talk.read(0, 3, some_bytes(kept));
    talk.control("remove", SHARED_BUFFER_REMOVE, 0, "0 bytes");
    talk.read(0, 3, "0 bytes");
}

/// What a handle may do follows from how it was opened, and from nothing else.
void limited_handles(Conversation& owner, Report& report) {
    owner.write(0, {1, 2, 3}, "3 bytes");
    DeviceHandle reader(SHARED_BUFFER_LINK, GENERIC_READ);
    Conversation talk(reader, report);
    talk.read(0, 3, "3 bytes: 01 02 03");
    talk.write(0, {9}, "ERROR_ACCESS_DENIED, 0 bytes");
    owner.contents({1, 2, 3});
    DeviceHandle writer(SHARED_BUFFER_LINK, GENERIC_WRITE);
    Conversation(writer, report).read(0, 3, "ERROR_ACCESS_DENIED, 0 bytes");
    // The four codes ask for no access, as in the original.
    DeviceHandle bare(SHARED_BUFFER_LINK, 0);
    Conversation(bare, report).control("remove", SHARED_BUFFER_REMOVE, 0, "0 bytes");
    owner.size(0);
}

/// The original gave its old buffer back before it had a new one.
void growth_without_memory(Conversation& talk, unsigned memory_ends_at) {
    const Bytes kept = {0xaa, 0xbb, 0xcc};
    talk.write(0, kept, "3 bytes");
    talk.write(memory_ends_at, {1}, "ERROR_NO_SYSTEM_RESOURCES, 0 bytes");
    talk.contents(kept);
    talk.control("remove", SHARED_BUFFER_REMOVE, 0, "0 bytes");
}

/// Client so many owns its own part of the buffer; nobody else may be seen in it.
int be_client(const Options& options) {
    DeviceHandle device(SHARED_BUFFER_LINK);
    const auto position = static_cast<std::uint64_t>(options.client) * slot_size;
    for (int round = 0; round < options.rounds; ++round) {
        const Bytes mine(slot_size, static_cast<std::uint8_t>(options.client * 16 + round % 16));
        if (!device.write(position, mine).succeeded()) return 1;
        if (device.read(position, slot_size).output != mine) return 2;
        const Bytes all = device.control(SHARED_BUFFER_GET_CONTENTS, {}, 65536).output;
        if (all.size() < position + slot_size) return 3;
        if (!std::equal(mine.begin(), mine.end(), all.begin() + static_cast<long>(position)))
            return 4;
    }
    return 0;
}

void several_clients(const Options& options, Report& report) {
    ClientProcesses clients(options.clients, L"--rounds " + std::to_wstring(options.rounds));
    report.add("several clients at once", std::to_string(options.clients) + " processes",
               std::to_string(options.clients) + " saw only their own bytes",
               std::to_string(clients.succeeded(60000)) + " saw only their own bytes");
}

void killed_clients(const Options& options, Report& report) {
    DeviceHandle device(SHARED_BUFFER_LINK);
    device.control(SHARED_BUFFER_REMOVE, {}, 0);
    ClientProcesses clients(options.clients, L"--rounds 1000000000");
    // The last client's bytes are in the buffer: all of them are at work.
    const std::size_t all = static_cast<std::size_t>(options.clients) * slot_size;
    std::uint32_t size = 0;
    for (int attempt = 0; attempt < 1000 && size < all; ++attempt) {
        Sleep(5);
        std::memcpy(&size, device.control(SHARED_BUFFER_GET_SIZE, {}, 4).output.data(), 4);
    }
    const int killed = clients.kill();
    report.add("clients killed at work", std::to_string(options.clients) + " processes",
               std::to_string(options.clients) + " killed", std::to_string(killed) + " killed");
    Conversation talk(device, report);
    talk.control("remove", SHARED_BUFFER_REMOVE, 0, "0 bytes");
    talk.size(0);
}

bool set_limit(DriverService& service, std::uint32_t limit) {
    return service.stop() && service.set_number(L"MaximumSize", limit) && service.restart();
}

bool change_limit(DriverService& service, Report& report) {
    if (!set_limit(service, 100)) return false;
    {
        DeviceHandle device(SHARED_BUFFER_LINK);
        Conversation talk(device, report);
        talk.write(99, {1}, "1 bytes");
        talk.write(100, {1}, "ERROR_DISK_FULL, 0 bytes");
    }
    if (!set_limit(service, 0)) return false;
    {
        DeviceHandle device(SHARED_BUFFER_LINK);
        Conversation talk(device, report);
        talk.write(0, {1}, "ERROR_DISK_FULL, 0 bytes");
        talk.size(0);
    }
    if (!set_limit(service, 0xffffffff)) return false;
    DeviceHandle device(SHARED_BUFFER_LINK);
    Conversation talk(device, report);
    // One byte more than the largest limit: in 32 bits, as the original added, it ends at 0.
    talk.write(0xfffffffe, {1, 2}, "ERROR_DISK_FULL, 0 bytes");
    talk.size(0);
    return true;
}

bool converse(DriverService& service, const Options& options, Report& report) {
    {
        DeviceHandle device(SHARED_BUFFER_LINK);
        report.add("open", SHARED_BUFFER_NAME, "success", error_name(device.error()));
        Conversation talk(device, report);
        if (options.ends_at != 0) {
            growth_without_memory(talk, options.ends_at);
            return service.stop();
        }
        everyday_calls(talk);
        faults_of_the_original(talk);
        limited_handles(talk, report);
        empty_buffer(talk);
    }
    report.add("a second copy of the driver", "", "refused", start_second_copy(options.driver));
    several_clients(options, report);
    killed_clients(options, report);
    return change_limit(service, report) && service.stop();
}

int run(const Options& options) {
    if (options.client >= 0) return be_client(options);
    DriverService service(L"openbar_shared_buffer", options.driver);
    Report report;
    const bool installed = service.start() && converse(service, options, report);
    report.add("install, start, stop", "", "success", installed ? "success" : service.failure());
    report.print(options.json);
    return report.exit_code();
}

}  // namespace
}  // namespace openbar::samples

int wmain(int count, wchar_t** arguments) {
    openbar::samples::Options options;
    if (!openbar::samples::parse_options(count, arguments, L"shared_buffer.sys", options)) return 2;
    return openbar::samples::run(options);
}
