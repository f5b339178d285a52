#include "backends/eventfd_interrupt.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <cerrno>

namespace openbar {
namespace {

/// A cancellation, and an error of the device, are added to the same eventfd as the interrupts, so
/// that one read takes all. At a million interrupts a second nine years pass before they are taken
/// for one.
constexpr std::uint64_t cancellation = std::uint64_t{1} << 48;
constexpr std::uint64_t device_error = std::uint64_t{1} << 56;

}  // namespace

Result<std::unique_ptr<InterruptSource>> EventfdInterrupt::enable(
    const VectorInfo& kind, std::uint32_t vector, EnabledVectors& vectors,
    std::shared_ptr<const Backend> keeps, DeviceWatch& watch) {
    std::unique_ptr<EventfdInterrupt> self(
        new EventfdInterrupt(kind.kind, vector, vectors, std::move(keeps), watch));
    self->event_ = FileDescriptor(system_calls::eventfd());
    if (!self->event_) return system_failure(errno, "eventfd");
    OPENBAR_TRY(connected, vectors.connect(kind, vector, self->event_.get()));
    self->connected_ = true;
    watch.add(*self);
    return self;
}

EventfdInterrupt::~EventfdInterrupt() {
    if (!connected_) return;
    watch_.remove(*this);
    vectors_.disconnect(kind(), vector());
}

Result<std::uint64_t> EventfdInterrupt::take(std::span<const WaitHandle> signalled) {
    if (signalled.front().revents == 0) return 0;
    return read();
}

std::optional<Result<std::uint64_t>> EventfdInterrupt::wait_alone() {
    if (watch_.ends_every_wait()) return std::nullopt;
    return read();
}

Result<std::uint64_t> EventfdInterrupt::read() {
    std::uint64_t count = 0;
    if (system_calls::read(event_.get(), &count, sizeof count) != sizeof count)
        return system_failure(errno, "read of the eventfd");
    if (count >= device_error) {
        error_noted_ = false;
        add(count % device_error);
        return failure(ErrorCode::io,
                       "the device has reported an error that it cannot correct (PCI Express AER)",
                       "reset it (Device::reset) and set it up again");
    }
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

void EventfdInterrupt::note_error() noexcept {
    if (!error_noted_.exchange(true)) add(device_error);
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
