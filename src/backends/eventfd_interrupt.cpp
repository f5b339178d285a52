#include "backends/eventfd_interrupt.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <cerrno>

namespace openbar {
namespace {

/// A cancellation is added to the same eventfd as the interrupts, so that one read takes both. At a
/// million interrupts a second nine years pass before they are taken for one.
constexpr std::uint64_t cancellation = std::uint64_t{1} << 48;

}  // namespace

Result<std::unique_ptr<InterruptSource>> EventfdInterrupt::enable(
    const VectorInfo& kind, std::uint32_t vector, EnabledVectors& vectors,
    std::shared_ptr<const Backend> keeps, const Departure& departure) {
    std::unique_ptr<EventfdInterrupt> self(
        new EventfdInterrupt(kind.kind, vector, vectors, std::move(keeps), departure));
    self->event_ = FileDescriptor(system_calls::eventfd());
    if (!self->event_) return system_failure(errno, "eventfd");
    OPENBAR_TRY(connected, vectors.connect(kind, vector, self->event_.get()));
    self->connected_ = true;
    return self;
}

EventfdInterrupt::~EventfdInterrupt() {
    if (connected_) vectors_.disconnect(kind(), vector());
}

Result<void> EventfdInterrupt::wait_until_readable(std::chrono::nanoseconds timeout) const {
    pollfd ready[2] = {{event_.get(), POLLIN, 0}, {departure_.descriptor, departure_.events, 0}};
    const int count = system_calls::poll(ready, departure_.descriptor < 0 ? 1 : 2, timeout);
    if (count < 0) return system_failure(errno, "poll");
    if (ready[0].revents != 0) return {};
    if (count != 0) return failure(ErrorCode::removed, departure_.meaning);
    return timed_out(timeout);
}

Result<std::uint64_t> EventfdInterrupt::wait(std::chrono::nanoseconds timeout) {
    OPENBAR_TRY(armed, rearm());
    if (departure_.ends_every_wait || timeout != std::chrono::nanoseconds::max()) {
        OPENBAR_TRY(readable, wait_until_readable(timeout));
    }
    std::uint64_t count = 0;
    if (system_calls::read(event_.get(), &count, sizeof count) != sizeof count)
        return system_failure(errno, "read of the eventfd");
    if (count >= cancellation) {
        cancelled_ = false;
        add(count % cancellation);  // what fired as well is the next wait's
        return cancelled();
    }
    has_fired();
    return count;
}

void EventfdInterrupt::cancel() noexcept {
    if (!cancelled_.exchange(true)) add(cancellation);
}

void EventfdInterrupt::add(std::uint64_t count) const noexcept {
    // Cannot fail: an eventfd counts to 2^64 - 2.
    if (count != 0) static_cast<void>(!system_calls::write(event_.get(), &count, sizeof count));
}

Result<void> EventfdInterrupt::let_through(bool through) {
    VectorRequests& requests = vectors_.requests();
    return through ? requests.unmask(kind(), vector()) : requests.mask(kind(), vector());
}

}  // namespace openbar
