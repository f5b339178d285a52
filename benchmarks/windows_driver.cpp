// The Windows driver's ways to a register beside each other: one request for each access, one for
// many, and a mapping. Under Wine on a simulated card, so only the ratios mean anything.
//
//     windows_driver_benchmark.exe FILE.inf openbar_hardware.dll [--json]
//
// A register of the BAR traps into the model, which costs more there than a real one would, and
// hides what a request costs. The configuration space does not trap: those rows show requests.
#include "benchmarks/comparison.hpp"
#include "driver/samples/programs/options.hpp"
#include "tests/wine/programs/device_node.hpp"
#include "tests/wine/programs/edu_client.hpp"

#include <windows.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace openbar::wine {
namespace {

using benchmark::compare;
using benchmark::Comparison;

constexpr std::size_t steps = 64;
constexpr std::size_t turns = 31;
constexpr std::uint32_t bar = 0;
constexpr std::uint32_t configuration = 7;

// A benchmark that measures failures measures nothing.
void check(bool right, const char* what) {
    if (right) return;
    std::fprintf(stderr, "%s went wrong\n", what);
    std::exit(1);
}

/// A register program that reads the first 32 bits of a region, over and over.
class Program {
public:
    Program(ContractClient& client, std::uint32_t region, std::size_t count)
        : client_(client),
          asked_(sizeof(openbar_program) + count * sizeof(openbar_step)),
          answer_(sizeof(openbar_program_result) + count * sizeof(std::uint64_t)) {
        auto* program = reinterpret_cast<openbar_program*>(asked_.data());
        openbar_prepare(&program->header, static_cast<std::uint32_t>(asked_.size()));
        program->step_count = static_cast<std::uint32_t>(count);
        auto* step = reinterpret_cast<openbar_step*>(program + 1);
        for (std::size_t index = 0; index < count; ++index)
            step[index] = {.operation = OPENBAR_STEP_READ, .width = 4, .region = region};
    }

    void run() {
        check(client_.call(OPENBAR_IOCTL_PROGRAM, asked_.data(), static_cast<DWORD>(asked_.size()),
                           answer_.data(), static_cast<DWORD>(answer_.size())) == 0,
              "a register program");
    }

private:
    ContractClient& client_;
    std::vector<std::uint8_t> asked_;
    std::vector<std::uint8_t> answer_;
};

void bulk_read(ContractClient& client, std::uint32_t region) {
    auto asked = ContractClient::prepared<openbar_bulk>();
    asked.region = region;
    asked.width = 4;
    asked.flags = OPENBAR_BULK_FIXED_OFFSET;
    std::array<std::uint32_t, steps> values{};
    check(client.call(OPENBAR_IOCTL_BULK_READ, asked, values) == 0, "a bulk read");
}

Comparison single_requests(ContractClient& client, std::uint32_t region, const char* name) {
    Program one(client, region, 1);
    Program all(client, region, steps);
    return compare(
        name, steps,
        [&] {
            for (std::size_t index = 0; index < steps; ++index) one.run();
        },
        [&] { all.run(); }, turns);
}

Comparison bulk(ContractClient& client, std::uint32_t region, const char* name) {
    Program all(client, region, steps);
    return compare(
        name, steps, [&] { all.run(); }, [&] { bulk_read(client, region); }, turns);
}

Comparison mapped(EduClient& card) {
    Program one(card.contract(), bar, 1);
    const auto view = card.map(0, 0x1000);
    check(view.error == 0, "mapping");
    const auto* reg = reinterpret_cast<const volatile std::uint32_t*>(view.address);
    const Comparison result = compare(
        "read BAR 0: a request, a mapped load", steps,
        [&] {
            for (std::size_t index = 0; index < steps; ++index) one.run();
        },
        [&] {
            for (std::size_t index = 0; index < steps; ++index) static_cast<void>(*reg);
        },
        turns);
    card.free(OPENBAR_IOCTL_UNMAP, view.object);
    return result;
}

int run(const std::wstring& inf, const std::wstring& library, bool json) {
    CopyFileW(samples::absolute_path(library).c_str(),
              L"C:\\windows\\system32\\openbar_hardware.dll", FALSE);
    DeviceNode node(L"root\\openbar_hardware_test");
    check(node.install(samples::absolute_path(inf)), "installing the driver");
    const std::wstring path = DeviceNode::interface_path(5000);
    check(!path.empty(), "finding the device");
    EduClient card(path);
    const std::vector<Comparison> all = {
        single_requests(card.contract(), configuration,
                        "64 configuration reads: 64 requests, one program"),
        single_requests(card.contract(), bar, "64 BAR reads: 64 requests, one program"),
        bulk(card.contract(), configuration, "64 configuration reads: one program, bulk"),
        bulk(card.contract(), bar, "64 BAR reads: one program, bulk"), mapped(card)};
    benchmark::print(all, json);
    return 0;
}

}  // namespace
}  // namespace openbar::wine

int wmain(int count, wchar_t** arguments) {
    if (count < 3) {
        std::puts("usage: windows_driver_benchmark FILE.inf openbar_hardware.dll [--json]");
        return 2;
    }
    return openbar::wine::run(arguments[1], arguments[2], count > 3);
}
