#include "backends/eventfd_interrupt.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace openbar {

Result<void> EventfdInterrupt::create_event() {
    event_ = FileDescriptor(system_calls::eventfd());
    if (!event_) return system_failure(errno, describe("enable"), "eventfd");
    return {};
}

std::string EventfdInterrupt::describe(std::string_view verb) const {
    return fmt::format("{} {} vector {} of {}", verb, to_string(kind_), vector_, address_);
}

Result<std::uint64_t> EventfdInterrupt::wait(std::chrono::nanoseconds timeout) {
    if (auto armed = rearm(); !armed) return std::unexpected(std::move(armed).error());
    const bool forever = timeout == std::chrono::nanoseconds::max();
    if (!forever) {
        pollfd ready{event_.get(), POLLIN, 0};
        const int count = system_calls::poll(&ready, 1, timeout);
        if (count < 0) return system_failure(errno, describe("wait for"), "poll");
        if (count == 0) {
            if (auto why = gone()) return std::unexpected(std::move(*why));
            return failure(ErrorCode::timed_out, describe("wait for"),
                           fmt::format("it did not fire within {} ms",
                                       std::chrono::duration<double, std::milli>(timeout).count()));
        }
    }
    std::uint64_t fired_count = 0;
    if (system_calls::read(event_.get(), &fired_count, sizeof fired_count) != sizeof fired_count)
        return system_failure(errno, describe("wait for"), "read of the eventfd");
    if (cancelled_.exchange(false))
        return failure(ErrorCode::cancelled, describe("wait for"), "the wait was cancelled");
    if (auto why = gone()) return std::unexpected(std::move(*why));
    fired();
    return fired_count;
}

void EventfdInterrupt::cancel() noexcept {
    cancelled_ = true;
    const std::uint64_t one = 1;
    // Cannot fail: an eventfd takes 2^64 - 2 of them.
    static_cast<void>(!system_calls::write(event_.get(), &one, sizeof one));
}

}  // namespace openbar
