// What a simulated card inside the program costs (`sim:`), against the least that any host could pay.
//
// A request is a call of the model under a lock: its yardstick is a mutex and a virtual call. A mapped
// register is a trap: its yardstick is a signal handler that steps over the instruction. Everything
// runs on one thread; the card's own thread sleeps.
#include "openbar/openbar.hpp"

#include "comparison.hpp"

#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <vector>

namespace {

using openbar::benchmark::compare;
using openbar::benchmark::compare_times;

constexpr std::size_t requests = 10'000;
constexpr std::size_t traps = 1000;

// A benchmark that measures failures measures nothing.
void check(bool right, const char* what) {
    if (right) return;
    std::fprintf(stderr, "simulator_benchmark: %s went wrong\n", what);
    std::exit(1);
}

class Register {
public:
    virtual ~Register() = default;
    virtual std::uint64_t read() = 0;
};
class Identification final : public Register {
    std::uint64_t read() override { return 0x010000ed; }
};

void measure_requests(const openbar::Device& device,
                      std::vector<openbar::benchmark::Comparison>& results) {
    const openbar::Region bar = device.region(0).value();
    std::mutex mutex;
    const std::unique_ptr<Register> bare = std::make_unique<Identification>();
    const auto call = [&] {
        for (std::size_t i = 0; i < requests; ++i) {
            const std::scoped_lock lock(mutex);
            check(bare->read() == 0x010000ed, "the call");
        }
    };
    const auto request = [&] {
        for (std::size_t i = 0; i < requests; ++i)
            check(bar.read<std::uint32_t>(0).value() == 0x010000ed, "the request");
    };
    results.push_back(
        compare("read a register : a mutex and a virtual call", requests, call, request));
}

/// What the thread itself spends: a trap is long enough for other programs to come in between.
auto processor_time(auto function) {
    return [function] {
        const auto now = [] {
            timespec time{};
            check(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0, "clock_gettime");
            return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
        };
        const double start = now();
        function();
        return now() - start;
    };
}

#ifdef __x86_64__
/// One load, of two bytes of code.
std::uint32_t load(const volatile void* address) {
    std::uint32_t value = 0;
    asm volatile("movl (%%rdi), %%eax" : "=a"(value) : "D"(address) : "memory");
    return value;
}

void step_over(int, siginfo_t*, void* context) {
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += 2;
}

void measure_traps(const openbar::Device& device,
                   std::vector<openbar::benchmark::Comparison>& results) {
    const openbar::Mapping registers = device.map(0).value();
    void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(page != MAP_FAILED, "mmap");
    const auto bare = [&] {
        struct sigaction own {};
        struct sigaction openbars {};
        own.sa_sigaction = step_over;
        own.sa_flags = SA_SIGINFO;
        check(::sigaction(SIGSEGV, &own, &openbars) == 0, "sigaction");
        for (std::size_t i = 0; i < traps; ++i) static_cast<void>(load(page));
        check(::sigaction(SIGSEGV, &openbars, nullptr) == 0, "sigaction");
    };
    const auto mapped = [&] {
        for (std::size_t i = 0; i < traps; ++i)
            check(load(registers.data()) == 0x010000ed, "the load");
    };
    results.push_back(compare_times("load a mapped register : a bare trap", traps,
                                    processor_time(bare), processor_time(mapped)));
    ::munmap(page, 4096);
}
#else
void measure_traps(const openbar::Device&, std::vector<openbar::benchmark::Comparison>&) {}
#endif

}  // namespace

int main(int count, char** arguments) {
    const openbar::Device device = openbar::Device::open("sim:edu").value();
    std::vector<openbar::benchmark::Comparison> results;
    measure_requests(device, results);
    measure_traps(device, results);
    openbar::benchmark::print(results, count > 1 && std::string_view(arguments[1]) == "--json");
}
