/// openbar_fixed.sys, on registers and ports at fixed addresses, through plug and play.
///
///     fixed_test.exe openbar_fixed_on_board.inf openbar_hardware.dll [refused]
///
/// `refused`: the driver is not one for that device, and must not start it.
#include "driver/samples/programs/options.hpp"
#include "driver/samples/programs/report.hpp"
#include "tests/wine/programs/complaints.hpp"
#include "tests/wine/programs/device_node.hpp"
#include "tests/wine/programs/edu_client.hpp"
#include "tests/wine/programs/stand_in_card.hpp"

#include <windows.h>

#include <cstdio>

namespace openbar::wine {
namespace {

using samples::Report;

std::string error(DWORD code) {
    return "error " + std::to_string(code);
}

std::string hexadecimal(unsigned long long value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", value);
    return text;
}

void expect(Report& report, const char* what, const std::string& expected, const std::string& got) {
    report.add(what, "", expected, got);
}

std::string describe(const openbar_region& region) {
    const char* kind = region.kind == OPENBAR_REGION_MEMORY ? "memory of "
                       : region.kind == OPENBAR_REGION_PORT ? "ports, "
                                                            : "nothing of ";
    std::string text = kind + hexadecimal(region.size);
    for (unsigned index = 0; index < region.mappable_count; ++index)
        text += ", mappable " + hexadecimal(region.mappable[index].offset) + "+" +
                hexadecimal(region.mappable[index].length);
    return text;
}

void description(EduClient& board, Report& report) {
    const openbar_description about = board.describe();
    expect(report, "region 0", "memory of 0x2080, mappable 0x0+0x2000", describe(about.regions[0]));
    expect(report, "region 1", "ports, 0x8", describe(about.regions[1]));
    expect(report, "region 7, which would be a configuration space", "nothing of 0x0",
           describe(about.regions[7]));
    constexpr std::uint32_t of_a_bus = OPENBAR_IS_PCI | OPENBAR_CAN_MASTER_BUS | OPENBAR_CAN_DMA |
                                       OPENBAR_CAN_RESET | OPENBAR_CAN_WAIT;
    expect(report, "what it can do that needs a bus", "0x0",
           hexadecimal(about.capabilities & of_a_bus));
}

void ports(EduClient& board, Report& report) {
    expect(report, "write 32 bits to the first port", error(0),
           error(board.write(0, 0x12345678, 1)));
    expect(report, "they read back", "0x12345678", hexadecimal(board.read(0, 1)));
    expect(report, "the last four ports invert", "0xedcba987", hexadecimal(board.read(4, 1)));
    expect(report, "16 bits", "0x1234", hexadecimal(board.read(2, 1, 2)));
    expect(report, "write 8 bits", error(0), error(board.write(1, 0xaa, 1, 1)));
    expect(report, "which leaves the others", "0x1234aa78", hexadecimal(board.read(0, 1)));
    expect(report, "write 16 bits", error(0), error(board.write(2, 0xbeef, 1, 2)));
    expect(report, "and those", "0xbeefaa78", hexadecimal(board.read(0, 1)));
    expect(report, "the port behind the last", error(38), error(board.step_error(1, 8, 1)));
    expect(report, "two ports, one behind the last", error(38), error(board.step_error(1, 7, 2)));
    expect(report, "64 bits of port", error(50), error(board.step_error(1, 0, 8)));
    expect(report, "map ports", error(50), error(board.map(0, 8, 1).error));
}

void memory(EduClient& board, Report& report) {
    expect(report, "read a register", "0x10000ed", hexadecimal(board.read(0)));
    board.write(0x04, 0x12345678);
    expect(report, "write one", "0xedcba987", hexadecimal(board.read(0x04)));
    expect(report, "beyond the range", error(38), error(board.step_error(0, 0x2080, 4)));
    const auto mapped = board.map(0, 0x1000);
    expect(report, "map the first page", error(0), error(mapped.error));
    if (mapped.error == 0)
        expect(report, "load a register", "0x10000ed",
               hexadecimal(*reinterpret_cast<volatile std::uint32_t*>(mapped.address)));
    expect(report, "map the page that it shares", error(19), error(board.map(0x2000, 0x80).error));
    expect(report, "unmap", error(0), error(board.free(OPENBAR_IOCTL_UNMAP, mapped.object)));
}

void refusals(EduClient& board, Report& report) {
    expect(report, "a configuration space", error(1168), error(board.step_error(7, 0, 4)));
    expect(report, "let it master the bus", error(50), error(board.bus_master(true)));
    expect(report, "a DMA buffer", error(1260), error(board.allocate_dma(4096).error));
    expect(report, "a vector", error(1168), error(board.enable_vector().error));
    const auto asked = ContractClient::header();
    expect(report, "reset", error(50), error(board.contract().call(OPENBAR_IOCTL_RESET, asked)));
}

/// Resources that an INF could name by mistake or on purpose: the device does not start with them.
void ranges_that_make_no_sense(EduClient& board, Report& report) {
    const auto status = [&](stand_in_command number) {
        return hexadecimal(command(board, number).status);
    };
    expect(report, "stop", "0x0", status(STAND_IN_QUERY_STOP));
    expect(report, "stopped", "0x0", status(STAND_IN_STOP));
    expect(report, "start on RAM, with its last byte", "0xc000000d", status(STAND_IN_START_IN_RAM));
    expect(report, "start with a range that wraps", "0xc000000d", status(STAND_IN_START_WRAPPING));
    expect(report, "start with an empty range", "0xc000000d", status(STAND_IN_START_EMPTY));
    expect(report, "start with ports beyond the last", "0xc000000d",
           status(STAND_IN_START_BEYOND_PORTS));
    expect(report, "start in the configuration space", "0xc0000361",
           status(STAND_IN_START_IN_CONFIGURATION_SPACE));
    expect(report, "start on the keyboard's ports", "0xc0000361",
           status(STAND_IN_START_ON_KEYBOARD));
    expect(report, "map meanwhile", error(21), error(board.map(0, 0x1000).error));
    expect(report, "start with what is right", "0x0", status(STAND_IN_START));
    expect(report, "read", "0x10000ed", hexadecimal(board.read(0)));
    const stand_in_answer now = command(board, STAND_IN_REPORT);
    expect(report, "ports touched that are not the board's", "0",
           std::to_string(now.hardware.stray_ports));
}

int run(const std::wstring& inf, const std::wstring& library, bool refused) {
    Report report;
    forget_complaints();
    CopyFileW(samples::absolute_path(library).c_str(),
              L"C:\\windows\\system32\\openbar_hardware.dll", FALSE);
    DeviceNode node(L"root\\openbar_hardware_test");
    const bool installed = node.install(samples::absolute_path(inf));
    if (!refused) expect(report, "install by INF", "done", installed ? "done" : node.failure());
    const std::wstring path = DeviceNode::interface_path(refused ? 1000 : 5000);
    expect(report, "device interface", refused ? "not there" : "found",
           path.empty() ? "not there" : "found");
    if (!path.empty()) {
        EduClient board(path);
        description(board, report);
        ports(board, report);
        memory(board, report);
        refusals(board, report);
        ranges_that_make_no_sense(board, report);
    }
    const bool removed = node.remove();
    expect(report, "remove", "done", removed ? "done" : node.failure());
    const bool unloaded = node.unload(inf);
    expect(report, "unload", "done", unloaded ? "done" : node.failure());
    expect(report, "rules of the kernel", "none broken", broken_rules());
    report.print(false);
    return report.exit_code();
}

}  // namespace
}  // namespace openbar::wine

int wmain(int count, wchar_t** arguments) {
    if (count < 3) {
        std::puts("usage: fixed_test FILE.inf openbar_hardware.dll [refused]");
        return 2;
    }
    return openbar::wine::run(arguments[1], arguments[2], count > 3);
}
