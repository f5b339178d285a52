/// The driver's own image, installed by an INF through SetupAPI, opened, asked and removed.
///
///     plug_and_play_test.exe openbar_test.inf openbar|openbar_fixed|refused|unopened [--json]
///
/// "refused": the driver starts for nothing, because nobody has filled it in. "unopened": nobody may
/// open the device, because the INF does not say who may.
///
/// Wine starts the device without resources, so this shows all that needs no hardware: AddDevice,
/// the start, the device interface, sessions, the checks of every request, removal and unloading.
#include "driver/samples/programs/options.hpp"
#include "driver/samples/programs/report.hpp"
#include "tests/wine/programs/contract_client.hpp"
#include "tests/wine/programs/device_node.hpp"

#include <windows.h>

#include <cstdio>

namespace openbar::wine {
namespace {

using samples::Report;

std::string number(unsigned long long value) {
    return std::to_string(value);
}

void check(Report& report, const char* request, const char* sent, DWORD expected, DWORD got) {
    report.add(request, sent, "error " + number(expected), "error " + number(got));
}

void negotiate(ContractClient& client, Report& report) {
    auto asked = ContractClient::prepared<openbar_negotiation>();
    asked.oldest = 1;
    asked.newest = 9;
    openbar_negotiation answer{};
    check(report, "negotiate", "versions 1 to 9", 0,
          client.call(OPENBAR_IOCTL_NEGOTIATE, asked, answer));
    report.add("negotiate", "", "version 1", "version " + number(answer.chosen));
}

void describe(ContractClient& client, bool is_pci, Report& report) {
    openbar_description description{};
    check(report, "describe", "", 0,
          client.call(OPENBAR_IOCTL_DESCRIBE, ContractClient::header(), description));
    report.add("describe", "", "size " + number(sizeof description),
               "size " + number(description.size));
    std::uint64_t version = 0;
    for (const int part : {OPENBAR_VERSION_PARTS})
        version = version << 16 | static_cast<std::uint64_t>(part);
    report.add("describe", "the driver's version", number(version),
               number(description.driver_version));
    unsigned regions = 0;
    for (const openbar_region& region : description.regions)
        if (region.kind != OPENBAR_REGION_ABSENT) ++regions;
    report.add("describe", "a device without resources", "0 regions", number(regions) + " regions");
    report.add("describe", "", is_pci ? "PCI or unreadable" : "not PCI",
               (description.capabilities & OPENBAR_IS_PCI) != 0 ? "PCI"
               : is_pci                                         ? "PCI or unreadable"
                                                                : "not PCI");
}

void refusals(ContractClient& client, const std::wstring& path, Report& report) {
    openbar_mapping mapping{};
    auto map = ContractClient::prepared<openbar_map>();
    map.length = 4096;
    check(report, "map", "region 0, which is not there", 1168,
          client.call(OPENBAR_IOCTL_MAP, map, mapping));
    map.header.version = 99;
    check(report, "map", "version 99", 1306, client.call(OPENBAR_IOCTL_MAP, map, mapping));
    check(report, "map", "4 bytes of input", 24,
          client.call(OPENBAR_IOCTL_MAP, &map, 4, &mapping, sizeof mapping));
    check(report, "unknown code", "", 1,
          client.call(OPENBAR_CONTROL_CODE(0x9ffu, 0u, OPENBAR_READ), ContractClient::header()));
    check(report, "unknown code", "METHOD_NEITHER", 1,
          client.call(OPENBAR_CONTROL_CODE(0x900u, 3u, OPENBAR_READ), ContractClient::header()));
    ContractClient reader(path, GENERIC_READ);
    check(report, "map", "a handle without write access", ERROR_ACCESS_DENIED,
          reader.call(OPENBAR_IOCTL_MAP, map, mapping));
}

/// Every code with every input length from 0 to over the largest structure: an answer for each.
void all_lengths(ContractClient& client, Report& report) {
    unsigned calls = 0;
    unsigned accepted = 0;
    unsigned char input[128] = {};
    unsigned char output[1200];
    for (unsigned function = 0x8f0; function < 0x960; ++function)
        for (unsigned method = 0; method < 4; ++method)
            for (DWORD length = 0; length < sizeof input; length += 5) {
                const DWORD error = client.call(
                    OPENBAR_CONTROL_CODE(function, method, OPENBAR_READ | OPENBAR_WRITE), input,
                    length, output, sizeof output);
                ++calls;
                if (error == 0) ++accepted;
            }
    report.add("every code", number(calls) + " calls of zeros", "0 accepted",
               number(accepted) + " accepted");
}

void counters(ContractClient& client, Report& report) {
    openbar_counters counters{};
    check(report, "counters", "", 0,
          client.call(OPENBAR_IOCTL_COUNTERS, ContractClient::header(), counters));
    report.add("counters", "", "refusals counted, 1 session, nothing held",
               (counters.refusals > 0 ? std::string("refusals counted, ") : "no refusals, ") +
                   number(counters.sessions_now) + " session, " +
                   (counters.maps_now + counters.vectors_now + counters.dma_bytes_now == 0
                        ? "nothing held"
                        : "something held"));
}

int run_refused(const std::wstring& inf, bool starts, bool json) {
    Report report;
    DeviceNode node(L"root\\openbar_hardware_test");
    node.install(samples::absolute_path(inf));
    const std::wstring path = DeviceNode::interface_path(starts ? 5000 : 1000);
    report.add("device interface", "", starts ? "found" : "not there",
               path.empty() ? "not there" : "found");
    if (starts && !path.empty()) {
        // Wine gives a handle even so; but nothing is behind it.
        openbar_description description{};
        ContractClient client(path);
        const DWORD refused =
            client.error() != 0
                ? client.error()
                : client.call(OPENBAR_IOCTL_DESCRIBE, ContractClient::header(), description);
        report.add("describe", "what nobody may open", "refused",
                   refused != 0 ? "refused" : "served");
    }
    const bool removed = node.remove();
    report.add("remove", "", "done", removed ? "done" : node.failure());
    report.print(json);
    return report.exit_code();
}

int run(const std::wstring& inf, bool is_pci, bool json) {
    Report report;
    DeviceNode node(is_pci ? L"root\\openbar_test" : L"root\\openbar_fixed_test");
    const bool installed = node.install(samples::absolute_path(inf));
    report.add("install by INF", "", "done", installed ? "done" : node.failure());
    const std::wstring path = DeviceNode::interface_path(5000);
    report.add("device interface", "", "found", path.empty() ? "not there" : "found");
    if (!path.empty()) {
        ContractClient client(path);
        check(report, "open", "", 0, client.error());
        negotiate(client, report);
        describe(client, is_pci, report);
        refusals(client, path, report);
        all_lengths(client, report);
        counters(client, report);
    }
    const bool removed = node.remove();
    report.add("remove", "", "done", removed ? "done" : node.failure());
    report.add("device interface", "after removal", "not there",
               DeviceNode::interface_path(0).empty() ? "not there" : "found");
    report.print(json);
    return report.exit_code();
}

}  // namespace
}  // namespace openbar::wine

int wmain(int count, wchar_t** arguments) {
    if (count < 3) {
        std::puts(
            "usage: plug_and_play_test FILE.inf openbar|openbar_fixed|refused|unopened [--json]");
        return 2;
    }
    const std::wstring mode = arguments[2];
    if (mode == L"refused" || mode == L"unopened")
        return openbar::wine::run_refused(arguments[1], mode == L"unopened", count > 3);
    return openbar::wine::run(arguments[1], std::wstring(arguments[2]) == L"openbar", count > 3);
}
