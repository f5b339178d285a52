/// The driver's own objects in a Windows that does its worst, one thing after the other.
///
///     worst_test.exe FILE.inf openbar_hardware.dll
#include "driver/samples/programs/report.hpp"
#include "tests/wine/programs/edu_client.hpp"
#include "tests/wine/programs/installed_card.hpp"
#include "tests/wine/programs/stand_in_card.hpp"

#include <windows.h>

#include <cstdio>
#include <future>
#include <memory>
#include <vector>

namespace openbar::wine {
namespace {

using samples::Report;
using worst_case::Switch;

constexpr DWORD bound = 5000;  // milliseconds after which something hangs

std::string error(DWORD code) {
    return "error " + std::to_string(code);
}

std::string status(std::uint32_t code) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%x", code);
    return text;
}

void expect(Report& report, const char* what, const std::string& expected, const std::string& got) {
    report.add(what, "", expected, got);
}

/// A request that may not come back. Its memory stays for as long as that takes.
class PinRequest {
public:
    PinRequest(EduClient& card, void* memory, std::uint64_t length)
        : handle_(card.contract().get()) {
        auto& asked = state_->asked;
        asked = ContractClient::prepared<openbar_pin>();
        asked.address = reinterpret_cast<std::uint64_t>(memory);
        asked.length = length;
        asked.device_writes = 1;
        state_->overlapped.hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr);
        // In a separate thread: the driver may keep the thread that asks.
        thread_ = std::async(std::launch::async, [state = state_, handle = handle_] {
            DWORD count = 0;
            if (DeviceIoControl(handle, OPENBAR_IOCTL_PIN_MEMORY, &state->asked,
                                sizeof state->asked, &state->answer, sizeof state->answer, &count,
                                &state->overlapped) != 0)
                return DWORD{0};
            const DWORD code = GetLastError();
            if (code != ERROR_IO_PENDING) return code;
            return GetOverlappedResult(handle, &state->overlapped, &count, TRUE) != 0
                       ? DWORD{0}
                       : GetLastError();
        });
    }
    [[nodiscard]] bool ends_within(DWORD milliseconds) {
        return thread_.wait_for(std::chrono::milliseconds(milliseconds)) ==
               std::future_status::ready;
    }
    void cancel() { CancelIoEx(handle_, &state_->overlapped); }
    /// Its error, or that it hangs: then it is left behind, and with it this program's exit.
    std::string result() {
        if (!ends_within(bound)) {
            new std::future<DWORD>(std::move(thread_));
            return "hangs";
        }
        return error(thread_.get());
    }
    [[nodiscard]] std::uint64_t object() const { return state_->answer.object; }

private:
    struct State {
        openbar_pin asked;
        openbar_dma answer{};
        OVERLAPPED overlapped{};
    };
    HANDLE handle_;
    std::shared_ptr<State> state_ = std::make_shared<State>();
    std::future<DWORD> thread_;
};

std::vector<std::uint8_t> memory(200000);

void pin_ends(EduClient& card, const std::wstring& path, Report& report) {
    set_worst(card, {Switch::registers_few});
    PinRequest large(card, memory.data(), memory.size());
    {
        auto other = std::async(std::launch::async, [&] { return EduClient(path).read(0); });
        const bool opened =
            other.wait_for(std::chrono::milliseconds(bound)) == std::future_status::ready;
        expect(report, "another opening, while a pin waits for map registers", "served",
               opened ? "served" : "hangs");
        if (!opened) new std::future<std::uint64_t>(std::move(other));
    }
    // Too many ever, or too many now: not every kernel says which.
    const std::string result = large.result();
    expect(report, "more pages than there are map registers", "refused",
           result == error(1816) || result == error(1450) ? "refused" : result);
    if (report.exit_code() == 0) set_worst(card, {});  // else nobody would answer
}

void pin_is_cancelled(EduClient& card, Report& report) {
    set_worst(card, {Switch::registers_late, Switch::registers_after_others});
    std::vector<std::unique_ptr<PinRequest>> pins;
    for (int i = 0; i < 4; ++i)
        pins.push_back(std::make_unique<PinRequest>(card, memory.data() + 8192 * i, 4096));
    bool all_end = true;
    for (auto& pin : pins) {
        if (!pin->ends_within(200)) pin->cancel();
        const std::string result = pin->result();
        all_end = all_end && result != "hangs";
        if (pin->object() != 0) card.free(OPENBAR_IOCTL_FREE_DMA, pin->object());
    }
    expect(report, "pins that wait for each other's map registers", "end when cancelled",
           all_end ? "end when cancelled" : "hang");
    set_worst(card, {});
}

void addresses_of_the_device(EduClient& card, Report& report) {
    card.bus_master(true);
    set_worst(card, {Switch::addresses_remapped});
    const auto pinned = card.pin(memory.data(), 64);
    expect(report, "pin, with device addresses that are not physical", error(0),
           error(pinned.error));
    expect(report, "DMA is isolated, for all that anybody knows", "no",
           (card.describe().capabilities & OPENBAR_DMA_IS_ISOLATED) != 0 ? "yes" : "no");
    if (pinned.error == 0) {
        memory[0] = 0;
        card.write(0x04, 1);
        card.transfer(0x40000, card.segment_iova(pinned.object, 0), 64, true);
        card.free(OPENBAR_IOCTL_FREE_DMA, pinned.object);
    }
    set_worst(card, {Switch::pages_bounced});
    expect(report, "pin pages that the device would get copies of", error(50),
           error(card.pin(memory.data(), 64).error));
    set_worst(card, {});
    card.bus_master(false);
}

void memory_of_others(EduClient& card, Report& report) {
    set_worst(card, {Switch::io_space_offered});
    expect(report, "pin another driver's device memory", error(998),
           error(card.pin(memory.data(), 4096).error));
    set_worst(card, {});
}

void power(EduClient& card, Report& report) {
    set_worst(card, {Switch::no_memory_at_power_up});
    expect(report, "sleep", "0x0", status(command(card, STAND_IN_DEVICE_SLEEP).status));
    expect(report, "wake without memory", "0x0",
           status(command(card, STAND_IN_DEVICE_WAKE).status));
    set_worst(card, {});
    expect(report, "and again", "0x0", status(command(card, STAND_IN_DEVICE_WAKE).status));
    expect(report, "read", "0x10000ed", status(static_cast<std::uint32_t>(card.read(0))));

    set_worst(card, {Switch::power_requests_fail});
    const auto asleep = command(card, STAND_IN_SYSTEM_SLEEP);
    expect(report, "system sleep without memory for a request", "0x0", status(asleep.status));
    expect(report, "read then", error(21), error(card.step_error(0, 0, 4)));
    expect(report, "wake then", error(21), error(card.awake(true)));
    expect(report, "system wake without memory", "0x0",
           status(command(card, STAND_IN_SYSTEM_WAKE).status));
    set_worst(card, {});
    expect(report, "wake again", error(0), error(card.awake(true)));
    expect(report, "read again", "0x10000ed", status(static_cast<std::uint32_t>(card.read(0))));
}

void stale_pointers(EduClient& card, Report& report) {
    set_worst(card, {Switch::range_reused});
    std::vector<EduClient::Held> mapped;
    for (int i = 0; i < 16; ++i) mapped.push_back(card.map(0, 0x1000));
    command(card, STAND_IN_DEVICE_SLEEP);
    unsigned lost = 0;
    unsigned wrong = 0;
    for (const auto& mapping : mapped) {
        const bool is_lost = card.mapping_state(mapping.object).condition == OPENBAR_MAPPING_LOST;
        lost += is_lost;
        card.free(OPENBAR_IOCTL_UNMAP, mapping.object);
        // What is lost is another's: it stays as that has left it.
        if (is_free(mapping.address) == is_lost) ++wrong;
    }
    command(card, STAND_IN_DEVICE_WAKE);
    set_worst(card, {});
    expect(report, "ranges taken between two steps", "some", lost > 0 && lost < 16 ? "some" : "no");
    expect(report, "released wrongly, or not", "0", std::to_string(wrong));
}

int run(const std::wstring& inf, const std::wstring& library) {
    Report report;
    InstalledCard installed(inf, library);
    const std::wstring path = installed.install(report);
    if (!path.empty()) {
        EduClient card(path);
        memory_of_others(card, report);
        addresses_of_the_device(card, report);
        power(card, report);
        stale_pointers(card, report);
        pin_is_cancelled(card, report);
        pin_ends(card, path, report);
        if (report.exit_code() !=
            0) {  // a request that hangs would keep the driver and this program
            report.print(false);
            std::fflush(stdout);
            TerminateProcess(GetCurrentProcess(), 1);
        }
    }
    installed.uninstall(report);
    report.print(false);
    return report.exit_code();
}

}  // namespace
}  // namespace openbar::wine

int wmain(int count, wchar_t** arguments) {
    if (count < 3) {
        std::puts("usage: worst_test FILE.inf openbar_hardware.dll");
        return 2;
    }
    return openbar::wine::run(arguments[1], arguments[2]);
}
