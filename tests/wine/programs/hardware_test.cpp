/// The driver's own objects on a simulated card: everything that needs hardware, through the
/// contract.
///
///     hardware_test.exe FILE.inf openbar_hardware.dll messages|line
#include "driver/samples/programs/report.hpp"
#include "tests/wine/programs/edu_client.hpp"
#include "tests/wine/programs/installed_card.hpp"
#include "tests/wine/programs/stand_in_card.hpp"

#include <windows.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

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

void identification(EduClient& card, bool messages, Report& report) {
    const openbar_description about = card.describe();
    expect(report, "vendor and device", "0x123411e8",
           hexadecimal(std::uint32_t{about.vendor} << 16 | about.device));
    expect(report, "where it is", "00:04.0",
           (about.bus == 0 ? "00:0" : "?:") + std::to_string(about.slot) + "." +
               std::to_string(about.function));
    expect(report, "region 0", "memory of 0x100000, mappable",
           (about.regions[0].kind == OPENBAR_REGION_MEMORY ? "memory of " : "other of ") +
               hexadecimal(about.regions[0].size) +
               (about.regions[0].mappable_count == 1 ? ", mappable" : ", not mappable"));
    expect(report, "vectors", messages ? "1 message" : "1 line",
           std::to_string(about.vector_count) +
               (about.vector_kind == OPENBAR_VECTOR_MESSAGE ? " message" : " line"));
}

void opening(const std::wstring& path, EduClient& card, bool messages, Report& report) {
    const EduClient named(path + L"\\name");
    expect(report, "open a name beneath the device", "refused",
           named.opened() ? "opened" : "refused");
    expect(report, "a surprise removal needs no warning", "0x0",
           hexadecimal(command(card, STAND_IN_CAPABILITIES).status));
    expect(report, "addresses for DMA have", messages ? "32 bits" : "64 bits",
           std::to_string(command(card, STAND_IN_REPORT).dma_address_bits) + " bits");
}

void registers(EduClient& card, Report& report) {
    expect(report, "read the identification", "0x10000ed", hexadecimal(card.read(0x00)));
    card.write(0x04, 0x12345678);
    expect(report, "liveness answers the inverse", "0xedcba987", hexadecimal(card.read(0x04)));
    card.write(0x08, 10);
    expect(report, "poll until computed", error(0), error(card.poll(0x20, 1, 0, 1000)));
    expect(report, "10!", "0x375f00", hexadecimal(card.read(0x08)));
    expect(report, "poll for what never comes", error(121), error(card.poll(0x20, 1, 1, 20)));
    expect(report, "read past the region", error(38), error(card.step_error(0, 0x100000, 4)));
    expect(report, "read at an odd place", error(1132), error(card.step_error(0, 0x2, 4)));
    expect(report, "configuration", "0x11e81234", hexadecimal(card.read(0, 7)));
    expect(report, "write the BAR", error(19), error(card.write(0x10, 0, 7)));
}

void mapping(EduClient& card, Report& report) {
    const auto mapped = card.map(0, 0x1000);
    expect(report, "map a page", error(0), error(mapped.error));
    if (mapped.error != 0) return;
    auto* page = reinterpret_cast<volatile std::uint32_t*>(mapped.address);
    expect(report, "load the identification", "0x10000ed", hexadecimal(page[0]));
    page[1] = 0x0f0f0f0f;
    expect(report, "a store reaches the card", "0xf0f0f0f0", hexadecimal(page[1]));
    expect(report, "and the driver sees it", "0xf0f0f0f0", hexadecimal(card.read(0x04)));
    expect(report, "unmap", error(0), error(card.free(OPENBAR_IOCTL_UNMAP, mapped.object)));
    expect(report, "the address is", "free", is_free(mapped.address) ? "free" : "still there");
    expect(report, "unmap again", error(1168),
           error(card.free(OPENBAR_IOCTL_UNMAP, mapped.object)));
}

void interrupts(EduClient& card, Report& report) {
    card.bus_master(true);
    const auto vector = card.enable_vector();
    expect(report, "enable vector 0", error(0), error(vector.error));
    card.write(0x60, 0x1);
    std::uint64_t count = 0;
    expect(report, "wait for the interrupt", error(0),
           error(card.wait(vector.object, 0, 2000, count)));
    expect(report, "count", "1", std::to_string(count));
    card.write(0x64, 0x1);
    card.free(OPENBAR_IOCTL_UNMASK_VECTOR, vector.object);
    expect(report, "no second one: cancelled after a while", error(995),
           error(card.wait(vector.object, count, 50, count)));
    for (std::uint32_t round = 0; round < 20; ++round) {
        card.write(0x60, 0x2);
        card.wait(vector.object, count, 2000, count);
        card.write(0x64, 0x2);
        card.free(OPENBAR_IOCTL_UNMASK_VECTOR, vector.object);
    }
    expect(report, "after 20 more", "21", std::to_string(count));
    expect(report, "disable it", error(0),
           error(card.free(OPENBAR_IOCTL_DISABLE_VECTOR, vector.object)));
}

void dma(EduClient& card, Report& report) {
    card.bus_master(true);
    const auto buffer = card.allocate_dma(8192);
    expect(report, "allocate a DMA buffer", error(0), error(buffer.error));
    if (buffer.error != 0) return;
    auto* bytes = reinterpret_cast<volatile std::uint8_t*>(buffer.address);
    for (unsigned index = 0; index < 256; ++index)
        bytes[index] = static_cast<std::uint8_t>(index ^ 0x5a);
    card.transfer(buffer.iova, 0x40000, 256, false);
    card.transfer(0x40000, buffer.iova + 4096, 256, true);
    unsigned equal = 0;
    for (unsigned index = 0; index < 256; ++index)
        if (bytes[4096 + index] == (index ^ 0x5a)) ++equal;
    expect(report, "to the card and back", "256 bytes equal",
           std::to_string(equal) + " bytes equal");

    alignas(4096) static std::uint8_t own[8192];
    const auto pinned = card.pin(own + 4000, 300);
    expect(report, "pin 300 bytes over a page's end", error(0), error(pinned.error));
    expect(report, "in segments", "2", std::to_string(pinned.segments));
    card.transfer(0x40000, card.segment_iova(pinned.object, 0), 96, true);
    unsigned arrived = 0;
    for (unsigned index = 0; index < 96; ++index)
        if (own[4000 + index] == (index ^ 0x5a)) ++arrived;
    expect(report, "from the card into a variable", "96 bytes", std::to_string(arrived) + " bytes");
    expect(report, "pin what is not the program's", error(998),
           error(card.pin(reinterpret_cast<void*>(std::uintptr_t{0x10000000000}), 4096).error));
    expect(report, "unpin", error(0), error(card.free(OPENBAR_IOCTL_FREE_DMA, pinned.object)));
    expect(report, "free the buffer", error(0),
           error(card.free(OPENBAR_IOCTL_FREE_DMA, buffer.object)));
    // A handle that lets the card master the bus holds something, too.
    card.bus_master(false);
    expect(report, "pages still pinned", "0",
           std::to_string(command(card, STAND_IN_REPORT).hardware.pinned_pages));
}

std::string addresses(EduClient& card, const EduClient::Held& mapped) {
    const bool kept = state_of(mapped.address) == MEM_RESERVE;
    switch (card.mapping_state(mapped.object).condition) {
        case OPENBAR_MAPPED: return "mapped";
        case OPENBAR_MAPPING_REVOKED:
            return kept ? "revoked, its addresses kept" : "revoked, its addresses free";
        default: return "lost";
    }
}

void power(EduClient& card, Report& report) {
    const auto mapped = card.map(0, 0x1000);
    expect(report, "put to sleep (D3)", "0x0",
           hexadecimal(command(card, STAND_IN_DEVICE_SLEEP).status));
    expect(report, "its mapping is", "revoked, its addresses kept", addresses(card, mapped));
    expect(report, "map while asleep", error(21), error(card.map(0, 0x1000).error));
    expect(report, "woken (D0)", "0x0", hexadecimal(command(card, STAND_IN_DEVICE_WAKE).status));
    expect(report, "read again", "0x10000ed", hexadecimal(card.read(0)));
    card.free(OPENBAR_IOCTL_UNMAP, mapped.object);
    expect(report, "let go of, they are", "free", is_free(mapped.address) ? "free" : "kept");
    expect(report, "the system sleeps", "0x0",
           hexadecimal(command(card, STAND_IN_SYSTEM_SLEEP).status));
    expect(report, "and wakes", "0x0", hexadecimal(command(card, STAND_IN_SYSTEM_WAKE).status));
    expect(report, "read again", "0x10000ed", hexadecimal(card.read(0)));
}

void rebalance(EduClient& card, Report& report) {
    const auto mapped = card.map(0, 0x1000);
    expect(report, "stop, while something is mapped", "0xc0000043",
           hexadecimal(command(card, STAND_IN_QUERY_STOP).status));
    card.free(OPENBAR_IOCTL_UNMAP, mapped.object);
    expect(report, "stop, when nothing is", "0x0",
           hexadecimal(command(card, STAND_IN_QUERY_STOP).status));
    expect(report, "map meanwhile", error(1237), error(card.map(0, 0x1000).error));
    expect(report, "not, after all", "0x0",
           hexadecimal(command(card, STAND_IN_CANCEL_STOP).status));
    expect(report, "read", "0x10000ed", hexadecimal(card.read(0)));
    command(card, STAND_IN_QUERY_STOP);
    expect(report, "stopped", "0x0", hexadecimal(command(card, STAND_IN_STOP).status));
    expect(report, "map while stopped", error(21), error(card.map(0, 0x1000).error));
    expect(report, "started again", "0x0", hexadecimal(command(card, STAND_IN_START).status));
    expect(report, "read", "0x10000ed", hexadecimal(card.read(0)));
    expect(report, "remove, while a handle is open", "0xc0000043",
           hexadecimal(command(card, STAND_IN_QUERY_REMOVE).status));
}

void surprise(const std::wstring& path, Report& report) {
    EduClient card(path);
    const auto mapped = card.map(0, 0x1000);
    const auto vector = card.enable_vector();
    DWORD waited = 0;
    std::thread waiter([&] {
        std::uint64_t count = 0;
        waited = card.wait(vector.object, 0, 10000, count);
    });
    Sleep(100);
    EduClient other(path);
    expect(report, "unplugged", "0x0",
           hexadecimal(command(other, STAND_IN_SURPRISE_REMOVAL).status));
    waiter.join();
    expect(report, "the wait ends with", error(1617), error(waited));
    expect(report, "the mapping is", "revoked, its addresses kept", addresses(card, mapped));
    expect(report, "a read gets", error(1617), error(card.step_error(0, 0, 4)));
    expect(report, "the interface is", "gone",
           DeviceNode::interface_path(0).empty() ? "gone" : "still there");
    const stand_in_answer now = command(other, STAND_IN_REPORT);
    expect(report, "views of the kernel's", "0", std::to_string(now.hardware.io_views));
    expect(report, "touched while off", "0", std::to_string(now.hardware.touched_while_off));
    expect(report, "taken from the wrong process", "0", std::to_string(now.hardware.wrong_process));
    expect(report, "completed twice", "0", std::to_string(now.double_completions));
    expect(report, "unknown instructions", "0", std::to_string(now.hardware.unknown_instructions));
}

int run(const std::wstring& inf, const std::wstring& library, bool messages) {
    Report report;
    InstalledCard installed(inf, library);
    const std::wstring path = installed.install(report);
    if (!path.empty()) {
        {
            EduClient card(path);
            identification(card, messages, report);
            opening(path, card, messages, report);
            registers(card, report);
            mapping(card, report);
            interrupts(card, report);
            dma(card, report);
            power(card, report);
            rebalance(card, report);
        }
        surprise(path, report);
    }
    installed.uninstall(report);
    report.print(false);
    return report.exit_code();
}

}  // namespace
}  // namespace openbar::wine

int wmain(int count, wchar_t** arguments) {
    if (count < 4) {
        std::puts("usage: hardware_test FILE.inf openbar_hardware.dll messages|line");
        return 2;
    }
    return openbar::wine::run(arguments[1], arguments[2],
                              std::wstring(arguments[3]) == L"messages");
}
