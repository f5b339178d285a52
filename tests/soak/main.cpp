// DMA without end: clients give an edu memory in every way, let it copy, check every byte, and are
// killed at random moments in the middle of it.
//
//     dma_soak DEVICE [--transfers N] [--lifetime MILLISECONDS] [--seed N] [--server PID] [--huge]
//
// After each kill: the memory that the client shared with this program has changed nowhere but
// where a transfer was under way; the device can be opened and used by the next client, whose
// buffers come zeroed; and nothing is left behind: by the server (`--server`: the process that
// serves the device) no descriptor and no mapping, by the kernel no pinned page (VFIO) and no huge
// page (UIO). Every fourth client ends by itself and must leave its own process as it was. One line
// on success.
#include "tests/soak/arena.hpp"
#include "tests/soak/client.hpp"
#include "tests/soak/held.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace std::chrono_literals;
using openbar::soak::Arena;
using openbar::soak::Held;
using openbar::soak::Record;

struct Options {
    std::string device;
    std::uint64_t transfers = 20'000;
    std::uint64_t lifetime = 200;  ///< milliseconds, of a client, on average
    std::uint64_t seed = 1;
    std::string server;
    bool huge = false;
};

[[noreturn]] void usage(std::string_view wrong) {
    fmt::print(stderr,
               "dma_soak: {}\nusage: dma_soak DEVICE [--transfers N] [--lifetime MILLISECONDS] "
               "[--seed N] [--server PID] [--huge]\n",
               wrong);
    std::exit(2);
}

std::uint64_t number(std::string_view word) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value == 0)
        usage(fmt::format("'{}' is no whole number above 0", word));
    return value;
}

Options parse(int count, char** arguments) {
    Options options;
    for (int index = 1; index < count; ++index) {
        const std::string_view word = arguments[index];
        const auto value = [&]() -> std::string_view {
            if (++index == count) usage(fmt::format("{} needs a value", word));
            return arguments[index];
        };
        if (word == "--transfers")
            options.transfers = number(value());
        else if (word == "--lifetime")
            options.lifetime = number(value());
        else if (word == "--seed")
            options.seed = number(value());
        else if (word == "--server")
            options.server = std::to_string(number(value()));
        else if (word == "--huge")
            options.huge = true;
        else if (word.starts_with("-") || !options.device.empty())
            usage(fmt::format("what is '{}'?", word));
        else
            options.device = word;
    }
    if (options.device.empty()) usage("which DEVICE?");
    return options;
}

struct Tally {
    std::uint64_t killed = 0;
    std::uint64_t killed_in_a_write = 0;  ///< while the device wrote to pinned memory
    std::uint64_t ended = 0;
};

/// Whether `fact` comes true within a while: what a dead client held is let go of after its death.
bool comes_true(const std::function<bool()>& fact) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!fact()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

class Soak {
public:
    explicit Soak(const Options& options)
        : options_(options),
          arena_(options.huge ? 2 << 20 : 256 * 1024, options.huge),
          random_(options.seed) {
        if (!options.server.empty()) server_before_ = openbar::soak::held_by(options.server);
    }

    bool run() {
        const Record& record = arena_.record();
        while (record.transfers < options_.transfers)
            if (!one_client()) {
                fmt::print(stderr, "dma_soak: after {} transfers and {} kills, seed {}: {}\n",
                           record.transfers.load(), tally_.killed, options_.seed, record.complaint);
                return false;
            }
        fmt::print(
            "{} transfers of {} MB between {} buffers and {} pins by {} clients, of which {} were "
            "killed ({} while the device wrote to memory that is checked afterwards): nothing "
            "wrong, nothing left behind\n",
            record.transfers.load(), record.bytes / 1'000'000, record.buffers.load(),
            record.pins.load(), tally_.killed + tally_.ended, tally_.killed,
            tally_.killed_in_a_write);
        return true;
    }

private:
    bool one_client() {
        const bool ends_itself = random_() % 4 == 0;
        const std::uint64_t lifetime = random_() % (2 * options_.lifetime * 1000);
        const std::uint64_t seed = random_();
        // Counted before there is a client, which may do anything from its first moment on.
        const auto pinned_before = openbar::soak::pinned_pages();
        const auto huge_before = openbar::soak::free_huge_pages();
        const pid_t client = ::fork();
        if (client == 0) {
            const std::uint64_t transfers = ends_itself ? 2 * (1 + random_() % 20) : UINT64_MAX;
            ::_exit(openbar::soak::run_client(options_.device, arena_, seed, transfers) ? 0 : 1);
        }
        if (!ends_itself) {
            std::this_thread::sleep_for(std::chrono::microseconds(lifetime));
            ::kill(client, SIGKILL);
        }
        int status = 0;
        if (client < 0 || ::waitpid(client, &status, 0) != client) {
            arena_.complain(std::strerror(errno));
            return false;
        }
        return count(status) && look_around(pinned_before, huge_before);
    }

    bool count(int status) {
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
            ++tally_.killed;
            if (arena_.record().announced) ++tally_.killed_in_a_write;
            return true;
        }
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            ++tally_.ended;
            return true;
        }
        arena_.complain(WIFSIGNALED(status)
                            ? fmt::format("a client died of signal {}", WTERMSIG(status))
                            : "a client failed without a word");
        return false;
    }

    bool look_around(std::int64_t pinned_before, std::int64_t huge_before) {
        if (!arena_.survived()) {
            arena_.complain("memory has changed where no transfer was under way");
            return false;
        }
        if (arena_.record().kernel_pins &&
            !comes_true([&] { return openbar::soak::pinned_pages() <= pinned_before; })) {
            arena_.complain(fmt::format("the kernel still pins {} pages more than before",
                                        openbar::soak::pinned_pages() - pinned_before));
            return false;
        }
        if (options_.huge &&
            !comes_true([&] { return openbar::soak::free_huge_pages() >= huge_before; })) {
            arena_.complain("huge pages are not free again");
            return false;
        }
        if (!server_before_) return true;
        Held now;
        if (comes_true(
                [&] { return (now = openbar::soak::held_by(options_.server)) == *server_before_; }))
            return true;
        arena_.complain("the server: " + openbar::soak::difference(*server_before_, now));
        return false;
    }

    Options options_;
    Arena arena_;
    std::mt19937_64 random_;
    std::optional<Held> server_before_;
    Tally tally_;
};

}  // namespace

int main(int count, char** arguments) {
    return Soak(parse(count, arguments)).run() ? 0 : 1;
}
