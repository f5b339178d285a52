#include "backends/vector_interrupt.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace openbar {

Result<std::unique_ptr<InterruptSource>> VectorInterrupt::enable(
    const VectorInfo& kind, std::uint32_t vector, Vectors& vectors,
    std::shared_ptr<const Backend> keeps, int hangup) {
    std::unique_ptr<VectorInterrupt> self(
        new VectorInterrupt(kind.kind, vector, vectors, std::move(keeps), hangup));
    self->event_ = FileDescriptor(system_calls::eventfd());
    if (!self->event_) return system_failure(errno, self->describe("enable"), "eventfd");
    if (auto connected = vectors.connect(kind, vector, self->event_.get()); !connected)
        return std::unexpected(std::move(connected).error());
    self->connected_ = true;
    return self;
}

VectorInterrupt::~VectorInterrupt() {
    if (connected_) vectors_.disconnect(kind_, vector_);
}

std::string VectorInterrupt::describe(std::string_view verb) const {
    return fmt::format("{} {} vector {} of {}", verb, to_string(kind_), vector_,
                       keeps_->info().address);
}

Result<void> VectorInterrupt::wait_until_readable(std::chrono::nanoseconds timeout) const {
    pollfd ready[2] = {{event_.get(), POLLIN, 0}, {hangup_, POLLRDHUP, 0}};
    const int count = system_calls::poll(ready, hangup_ < 0 ? 1 : 2, timeout);
    if (count < 0) return system_failure(errno, describe("wait for"), "poll");
    if (ready[0].revents != 0) return {};
    if (count != 0)
        return failure(ErrorCode::removed, describe("wait for"),
                       "the server of the simulated card has gone");
    return failure(ErrorCode::timed_out, describe("wait for"),
                   fmt::format("it did not fire within {} ms",
                               std::chrono::duration<double, std::milli>(timeout).count()));
}

Result<std::uint64_t> VectorInterrupt::wait(std::chrono::nanoseconds timeout) {
    if (masked_by_firing_)
        if (auto unmasked = unmask(); !unmasked) return std::unexpected(unmasked.error());
    if (hangup_ >= 0 || timeout != std::chrono::nanoseconds::max())
        if (auto readable = wait_until_readable(timeout); !readable)
            return std::unexpected(std::move(readable).error());
    std::uint64_t count = 0;
    if (system_calls::read(event_.get(), &count, sizeof count) != sizeof count)
        return system_failure(errno, describe("wait for"), "read of the eventfd");
    if (cancelled_.exchange(false))
        return failure(ErrorCode::cancelled, describe("wait for"), "the wait was cancelled");
    masked_by_firing_ = kind_ == InterruptKind::intx;
    return count;
}

void VectorInterrupt::cancel() noexcept {
    cancelled_ = true;
    const std::uint64_t one = 1;
    // Cannot fail: an eventfd takes 2^64 - 2 of them.
    static_cast<void>(!system_calls::write(event_.get(), &one, sizeof one));
}

Result<void> VectorInterrupt::unmask() {
    auto unmasked = vectors_.control().unmask(kind_, vector_);
    if (unmasked) masked_by_firing_ = false;
    return unmasked;
}

}  // namespace openbar
