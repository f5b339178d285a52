// From raising an interrupt in edu's register to the return of wait(), against the bare system
// calls on the same descriptor: a read() of VFIO's eventfd or of /dev/uioN.
//
// One thread waits, the other raises, once the waiting one has had time to fall asleep in the
// kernel. The time taken is from just before the store that raises to just after the return; what
// re-arms the vector comes before. A turn gives the median of a few interrupts, for one that the
// host's scheduler disturbed says nothing about either way.
#include "openbar/device.hpp"
#include "openbar/wait_any.hpp"

#include "comparison.hpp"
#include "examples/registers/edu.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using openbar::benchmark::compare_times;
using openbar::benchmark::Comparison;
using namespace std::chrono_literals;

constexpr std::size_t interrupts_in_a_turn = 9;
constexpr auto time_to_fall_asleep = 2ms;

// A benchmark that measures failures measures nothing.
void check(bool right, std::string_view what) {
    if (right) return;
    fmt::print(stderr, "{} went wrong\n", what);
    std::exit(1);
}

/// What is compared: `arm` makes the vector ready, `wait` returns once it has fired.
struct Way {
    std::function<void()> arm;
    std::function<void()> wait;
};

double median_latency(const openbar::Mapping& registers, const Way& way) {
    std::array<double, interrupts_in_a_turn> latencies{};
    for (double& latency : latencies) {
        way.arm();
        Clock::time_point returned;
        std::thread waiting([&] {
            way.wait();
            returned = Clock::now();
        });
        std::this_thread::sleep_for(time_to_fall_asleep);
        const auto raised = Clock::now();
        registers.write<edu::InterruptRaise>(1);
        waiting.join();
        registers.write<edu::InterruptAcknowledge>(1);
        latency = std::chrono::duration<double, std::nano>(returned - raised).count();
    }
    std::ranges::nth_element(latencies, latencies.begin() + interrupts_in_a_turn / 2);
    return latencies[interrupts_in_a_turn / 2];
}

/// The descriptor by bare calls: 8 bytes of an eventfd, or 4 of /dev/uioN, which must be re-armed.
struct Bare {
    explicit Bare(const openbar::DeviceInfo& info, int descriptor)
        : descriptor_(descriptor),
          size_(info.backend == openbar::BackendKind::uio ? 4 : 8),
          config_(
              size_ == 4
                  ? ::open(("/sys/bus/pci/devices/" + info.pci->to_string() + "/config").c_str(),
                           O_RDWR | O_CLOEXEC)
                  : -1) {}
    ~Bare() { ::close(config_); }
    Bare(const Bare&) = delete;
    Bare& operator=(const Bare&) = delete;

    void arm() const {
        if (size_ == 8) return;
        constexpr off_t command_offset = 4;
        constexpr std::uint16_t interrupt_disable = 1U << 10U;
        std::uint16_t command = 0;
        check(::pread(config_, &command, 2, command_offset) == 2, "reading the command register");
        command = static_cast<std::uint16_t>(command & ~interrupt_disable);
        check(::pwrite(config_, &command, 2, command_offset) == 2, "writing it");
    }
    void read() const {
        std::uint64_t count = 0;
        check(::read(descriptor_, &count, size_) == static_cast<ssize_t>(size_), "the bare read");
    }
    void poll_and_read() const {
        pollfd ready{descriptor_, POLLIN, 0};
        check(::poll(&ready, 1, 10'000) == 1, "the bare poll");
        read();
    }

private:
    int descriptor_;
    std::size_t size_;
    int config_;
};

std::vector<Comparison> measure(const std::string& address) {
    const auto device = openbar::Device::open(address);
    if (!device) {
        fmt::print(stderr, "{}\n", device.error().message());
        std::exit(1);
    }
    const auto registers = device->map(edu::bar);
    check(registers.has_value(), "mapping the registers");
    if (device->info().backend == openbar::BackendKind::vfio)
        check(device->set_bus_master(true).has_value(), "letting the device send MSI");
    auto vector = device->vector(0);
    check(vector.has_value(), "enabling the vector");

    const Bare bare(device->info(), vector->native_handle());
    const auto arm = [&vector] {
        // The bare way has read the descriptor, of which the vector does not know.
        if (vector->kind() == openbar::InterruptKind::intx)
            check(vector->unmask().has_value(), "unmask()");
    };
    const auto waiting_for = [&](std::chrono::nanoseconds limit) {
        return Way{arm, [&vector, limit] { check(vector->wait(limit).has_value(), "wait()"); }};
    };
    const Way waiting_for_any{
        arm, [&vector] { check(openbar::wait_any({*vector}, 10s).has_value(), "wait_any()"); }};
    const Way read{[&] { bare.arm(); }, [&] { bare.read(); }};
    const Way poll_and_read{[&] { bare.arm(); }, [&] { bare.poll_and_read(); }};
    const auto compare_ways = [&](const std::string& name, const Way& baseline,
                                  const Way& measured) {
        return compare_times(
            name, 1, [&] { return median_latency(*registers, baseline); },
            [&] { return median_latency(*registers, measured); }, 41);
    };
    const std::string kind(to_string(vector->kind()));
    const auto forever = std::chrono::nanoseconds::max();
    return {compare_ways(kind + ": read, wait()", read, waiting_for(forever)),
            compare_ways(kind + ": poll and read, wait(10 s)", poll_and_read, waiting_for(10s)),
            compare_ways(kind + ": wait(10 s), wait_any of one", waiting_for(10s), waiting_for_any),
            compare_ways(kind + ": read, the same read", read, read)};
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments, arguments + count);
    const bool json = words.back() == "--json";
    if (count != 2 + json) {
        std::fputs("usage: interrupts_benchmark EDU-ADDRESS [--json]\n", stderr);
        return 2;
    }
    const auto results = measure(words[1]);
    openbar::benchmark::print(results, json);
}
