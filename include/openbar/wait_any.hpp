/// Waiting for several interrupts and events at once: an event loop that is the same on Linux and Windows.
///
///     std::vector<openbar::Interrupt> queues;
///     queues.push_back(device.vector(0).value());           // also of several devices
///     device.set_bus_master(true).value();
///     registers.write<edu::InterruptRaise>(1);
///     std::stop_source stop;                                // request_stop() from any thread
///     auto ready = openbar::wait_any(queues, 1s, stop.get_token()).value();
///     for (const auto& [index, count] : ready)              // all that fired
///         std::cout << "queue " << index << "\n";           // prints queue 0
///
/// Single ones are listed: `wait_any({receive, transmit}, 1s)`. A program with another event loop
/// waits for the `native_handle()` of each interrupt there.
#pragma once

#include "openbar/events.hpp"
#include "openbar/interrupt.hpp"
#include "openbar/result.hpp"
#include "openbar/timeout.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stop_token>
#include <vector>

namespace openbar {

class WaitSource;

/// One of the things to wait for. It refers to the object, which nobody may move or destroy
/// meanwhile.
class Waitable {
public:
    Waitable(Interrupt& interrupt) noexcept;  // NOLINT: implicit
    Waitable(Events& events) noexcept;        // NOLINT: implicit

private:
    friend class WaitList;
    WaitSource* source_;
};

/// One that fired.
struct Ready {
    std::size_t index = 0;  ///< its place in the list
    /// Of an interrupt: how often since the last wait, as `Interrupt::wait` returns it. Of events: how
    /// many there are to be taken by `Events::wait`.
    std::uint64_t count = 0;
    friend bool operator==(const Ready&, const Ready&) = default;
};

/// Waits until one of them fires, and returns all that have, by rising index. Each of them behaves as
/// in `Interrupt::wait`: lines are let through again first, `cancel` ends the wait, what is not
/// returned stays pending. `stop` ends it too; what fired is then left for the next wait.
///
/// They may belong to different devices and back ends. On Windows there may be 63 at most. A program
/// with more divides them among threads.
///
/// Errors: timed_out; cancelled (`stop`, or `cancel` of one of them); invalid_argument (an empty list,
/// or an interrupt that was moved away); busy (one of them is twice in the list, or another thread
/// waits for it); unsupported (more than 63 on Windows); and those of `Interrupt::wait`, for the one
/// that the error names.
[[nodiscard]] Result<std::vector<Ready>> wait_any(std::span<const Waitable> list, Timeout timeout,
                                                  std::stop_token stop = {});
[[nodiscard]] Result<std::vector<Ready>> wait_any(std::initializer_list<Waitable> list,
                                                  Timeout timeout, std::stop_token stop = {});
[[nodiscard]] Result<std::vector<Ready>> wait_any(std::span<Interrupt> interrupts, Timeout timeout,
                                                  std::stop_token stop = {});

}  // namespace openbar
