/// What each transfer method costs, by the size of what is transferred: a ratio to METHOD_BUFFERED.
///
///     buffer_methods_benchmark.exe [--json] [--rounds 101] [--driver buffer_methods.sys]
///
/// The time is that of a whole DeviceIoControl, with the driver touching every byte.
#include "benchmarks/buffer_methods/buffer_methods.h"
#include "benchmarks/comparison.hpp"
#include "driver/samples/programs/device_handle.hpp"
#include "driver/samples/programs/driver_service.hpp"
#include "driver/samples/programs/options.hpp"

#include <windows.h>
#include <winioctl.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace openbar::benchmark {
namespace {

using samples::Bytes;

constexpr std::size_t smallest = 16;
constexpr std::size_t largest = 1048576;

struct Method {
    const char* name;
    DWORD code;
    bool second_buffer;  ///< the bulk is the second buffer
};
constexpr Method in_buffered{"in, buffered", BULK_IN_BUFFERED, false};
constexpr Method out_buffered{"out, buffered", BULK_OUT_BUFFERED, true};
constexpr Method in_others[] = {{"in, in direct", BULK_IN_DIRECT, true},
                                {"in, neither", BULK_IN_NEITHER, false}};
constexpr Method out_others[] = {{"out, out direct", BULK_OUT_DIRECT, true},
                                 {"out, neither", BULK_OUT_NEITHER, true}};

/// Ends the program where a request fails: there is nothing to measure then.
void request(HANDLE device, const Method& method, Bytes& bulk) {
    void* first = method.second_buffer ? nullptr : bulk.data();
    void* second = method.second_buffer ? bulk.data() : nullptr;
    const auto size = static_cast<DWORD>(bulk.size());
    DWORD count = 0;
    if (DeviceIoControl(device, method.code, first, first != nullptr ? size : 0, second,
                        second != nullptr ? size : 0, &count, nullptr) != 0)
        return;
    std::fprintf(stderr, "%s, %lu bytes: %s\n", method.name, size,
                 samples::error_name(GetLastError()).c_str());
    std::exit(1);
}

/// That the bytes do arrive, before any time is taken.
void check_output(HANDLE device, const Method& method) {
    Bytes bulk(4097, 0);
    request(device, method, bulk);
    if (std::ranges::count(bulk, BULK_BYTE) == static_cast<std::ptrdiff_t>(bulk.size())) return;
    std::fprintf(stderr, "%s: the bytes that the driver wrote did not arrive\n", method.name);
    std::exit(1);
}

void measure(HANDLE device, const Method& buffered, const Method& other, std::size_t turns,
             std::vector<Comparison>& results) {
    for (std::size_t size = smallest; size <= largest; size *= 4) {
        Bytes bulk(size, BULK_BYTE);
        const std::size_t operations = size >= 65536 ? 1 : 4;
        const auto repeat = [&](const Method& method) {
            return [&, operations] {
                for (std::size_t index = 0; index < operations; ++index)
                    request(device, method, bulk);
            };
        };
        results.push_back(compare(std::string(other.name) + ", " + std::to_string(size), operations,
                                  repeat(buffered), repeat(other), turns));
    }
}

void print_json(const std::vector<Comparison>& results) {
    const char* separator = "[";
    for (const Comparison& c : results) {
        std::printf(
            "%s\n  {\"name\": \"%s\", \"baseline_ns\": %.1f, \"measured_ns\": %.1f, "
            "\"ratio\": %.4f, \"ratio_p10\": %.4f, \"ratio_p90\": %.4f, \"turns\": %zu}",
            separator, c.name.c_str(), c.baseline_ns, c.measured_ns, c.ratio, c.ratio_low,
            c.ratio_high, c.turns);
        separator = ",";
    }
    std::printf("\n]\n");
}

void print_table(const std::vector<Comparison>& results) {
    std::printf("%-28s %12s %12s %7s   middle 80 %%\n", "method, bytes", "buffered ns", "this ns",
                "ratio");
    for (const Comparison& c : results)
        std::printf("%-28s %12.0f %12.0f %7.3f   %.3f to %.3f\n", c.name.c_str(), c.baseline_ns,
                    c.measured_ns, c.ratio, c.ratio_low, c.ratio_high);
}

int run(const samples::Options& options) {
    samples::DriverService service(L"openbar_buffer_methods", options.driver);
    if (!service.start()) {
        std::fprintf(stderr, "%s\n", service.failure().c_str());
        return 1;
    }
    std::vector<Comparison> results;
    {
        const samples::DeviceHandle device(BULK_LINK);
        check_output(device.get(), out_buffered);
        for (const Method& method : out_others) check_output(device.get(), method);
        const auto turns = static_cast<std::size_t>(options.rounds);
        for (const Method& method : in_others)
            measure(device.get(), in_buffered, method, turns, results);
        for (const Method& method : out_others)
            measure(device.get(), out_buffered, method, turns, results);
    }
    (options.json ? print_json : print_table)(results);
    return 0;
}

}  // namespace
}  // namespace openbar::benchmark

int wmain(int count, wchar_t** arguments) {
    openbar::samples::Options options;
    options.rounds = 101;
    if (!openbar::samples::parse_options(count, arguments, L"buffer_methods.sys", options))
        return 2;
    return openbar::benchmark::run(options);
}
