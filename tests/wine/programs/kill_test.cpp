/// Programs that are killed while they use the card, at any moment: nothing of theirs may be left.
///
///     kill_test.exe FILE.inf openbar_hardware.dll [--rounds N] [--seed N] [--worst 1]
///
/// Each round starts some clients, of which each does at random what a program can do with the
/// card, and ends them after a random time. With --worst each round has other things that Windows does
/// to the driver, and the card sleeps meanwhile. What they held is counted by the stand-ins of the
/// kernel: views in processes, DMA memory, pinned pages, MDLs, pool, references.
#include "driver/samples/programs/client_processes.hpp"
#include "driver/samples/programs/options.hpp"
#include "driver/samples/programs/report.hpp"
#include "tests/wine/programs/complaints.hpp"
#include "tests/wine/programs/edu_client.hpp"
#include "tests/wine/programs/installed_card.hpp"
#include "tests/wine/programs/stand_in_card.hpp"

#include <windows.h>

#include <cstdio>
#include <random>
#include <thread>

namespace openbar::wine {
namespace {

using samples::Report;
using Random = std::mt19937;

constexpr int clients_a_round = 3;

unsigned below(Random& random, unsigned end) {
    return static_cast<unsigned>(random() % end);
}

/// One request, or a few that belong together. Which of them succeed depends on what the other
/// clients have at that moment; all that matters is that nothing is lost.
void do_something(EduClient& card, Random& random) {
    static std::uint8_t own[16384];
    switch (below(random, 10)) {
        case 0: card.map(0, 0x1000u * (1 + below(random, 4))); break;
        case 1: {
            const auto mapped = card.map(0x1000, 0x1000);
            if (mapped.error == 0) card.free(OPENBAR_IOCTL_UNMAP, mapped.object);
            break;
        }
        case 2: card.allocate_dma(4096u * (1 + below(random, 3))); break;
        case 3: card.pin(own + below(random, 4096), 1 + below(random, 8192)); break;
        case 4: {
            const auto buffer = card.allocate_dma(4096);
            if (buffer.error != 0) break;
            card.bus_master(true);
            card.transfer(buffer.iova, 0x40000, 256, false);
            card.free(OPENBAR_IOCTL_FREE_DMA, buffer.object);
            break;
        }
        case 5: {
            const auto vector = card.enable_vector();
            if (vector.error != 0) break;
            card.write(0x60, 0x1);
            std::uint64_t count = 0;
            card.wait(vector.object, 0, 20, count);
            card.write(0x64, 0x1);
            // This one nobody ends but the death of the process.
            card.wait(vector.object, count, INFINITE, count);
            break;
        }
        case 6: {
            const auto vector = card.enable_vector();
            if (vector.error == 0) card.free(OPENBAR_IOCTL_DISABLE_VECTOR, vector.object);
            break;
        }
        case 7: card.poll(0x20, 1, 1, 30); break;
        default: card.read(0x00); break;
    }
}

int be_a_client(unsigned seed, const std::wstring& path) {
    Random random(seed);
    for (;;) {
        EduClient card(path);
        for (unsigned left = 1 + below(random, 12); left != 0; --left) do_something(card, random);
    }
}

void sleep_and_wake(EduClient& watcher, Random& random) {
    command(watcher, STAND_IN_DEVICE_SLEEP);
    Sleep(below(random, 50));
    command(watcher, STAND_IN_DEVICE_WAKE);
}

std::string kill_them(const std::wstring& path, EduClient& watcher, const stand_in_answer& before,
                      unsigned seed, bool worst) {
    Random random(seed);
    if (worst) set_worst(watcher, std::uint64_t{random()} << 32 | random(), seed);
    {
        samples::ClientProcesses clients(clients_a_round,
                                         L"\"" + path + L"\" " + std::to_wstring(seed));
        Sleep(100 + below(random, 400));
        if (worst && below(random, 2) == 0) sleep_and_wake(watcher, random);
        clients.kill();
    }
    set_worst(watcher, {});
    if (worst) command(watcher, STAND_IN_DEVICE_WAKE);
    within(15000, [&] { return held(command(watcher, STAND_IN_REPORT), before) == nothing_held; });
    return held(command(watcher, STAND_IN_REPORT), before);
}

void what_went_wrong(EduClient& watcher, Report& report) {
    const stand_in_answer now = command(watcher, STAND_IN_REPORT);
    const auto expect_none = [&](const char* what, std::uint32_t count) {
        report.add(what, "", "0", std::to_string(count));
    };
    expect_none("taken from the wrong process", now.hardware.wrong_process);
    expect_none("completed twice", now.double_completions);
    expect_none("unknown instructions", now.hardware.unknown_instructions);
    openbar_counters counters{};
    watcher.contract().call(OPENBAR_IOCTL_COUNTERS, ContractClient::header(), counters);
    report.add("the driver counts", "", "1 session, 0 waits, 0 vectors, 0 maps",
               std::to_string(counters.sessions_now) + " session, " +
                   std::to_string(counters.waits_now) + " waits, " +
                   std::to_string(counters.vectors_now) + " vectors, " +
                   std::to_string(counters.maps_now) + " maps");
    report.add("and the card answers", "", "16777453", std::to_string(watcher.read(0)));
}

int run(const std::wstring& inf, const std::wstring& library, unsigned rounds, unsigned seed,
        bool worst) {
    Report report;
    InstalledCard installed(inf, library);
    const std::wstring path = installed.install(report);
    if (!path.empty()) {
        EduClient watcher(path);
        watcher.read(0);  // what the driver makes once and keeps is there now
        const stand_in_answer before = command(watcher, STAND_IN_REPORT);
        for (unsigned round = 0; round < rounds; ++round) {
            const std::string left = kill_them(path, watcher, before, seed + round, worst);
            report.add("killed", "seed " + std::to_string(seed + round), nothing_held, left);
            if (left != nothing_held) break;
        }
        what_went_wrong(watcher, report);
    }
    installed.uninstall(report);
    report.print(false);
    return report.exit_code();
}

}  // namespace
}  // namespace openbar::wine

int wmain(int count, wchar_t** arguments) {
    using namespace openbar::wine;
    const auto number = [&](int index) {
        return static_cast<unsigned>(std::stoul(arguments[index]));
    };
    if (count == 5 && std::wstring(arguments[1]) == L"--client")
        return be_a_client(number(2) + 1000 * number(4), arguments[3]);
    unsigned rounds = 20;
    unsigned seed = 1;
    unsigned worst = 0;
    for (int index = 3; index + 1 < count; index += 2) {
        const std::wstring option = arguments[index];
        (option == L"--rounds" ? rounds : option == L"--worst" ? worst : seed) = number(index + 1);
    }
    if (count < 3) {
        std::puts(
            "usage: kill_test FILE.inf openbar_hardware.dll [--rounds N] [--seed N] [--worst 1]");
        return 2;
    }
    return run(arguments[1], arguments[2], rounds, seed, worst != 0);
}
