#include "backends/uio/uio_interrupt.hpp"

#include "openbar/configuration.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace openbar {

Result<std::unique_ptr<InterruptSource>> UioInterrupt::enable(int node, PciSysfs& files,
                                                              std::shared_ptr<Backend> keeps,
                                                              std::atomic<bool>& in_use) {
    const std::string attempted = fmt::format("enable intx vector 0 of {}", files.info().address);
    if (in_use.exchange(true))
        return failure(ErrorCode::busy, attempted, "this program has it already",
                       "let go of the other Interrupt first");
    FileDescriptor cancel_event(system_calls::eventfd());
    if (!cancel_event) {
        in_use = false;
        return system_failure(errno, attempted, "eventfd");
    }
    std::unique_ptr<UioInterrupt> source(
        new UioInterrupt(node, files, std::move(keeps), in_use, std::move(cancel_event)));
    if (auto armed = source->unmask(); !armed) return std::unexpected(std::move(armed).error());
    // What fired before this vector was enabled is nobody's.
    pollfd pending{node, POLLIN, 0};
    if (system_calls::poll(&pending, 1, std::chrono::nanoseconds(0)) == 1)
        source->seen_any_ = system_calls::read(node, &source->seen_, sizeof source->seen_) ==
                            static_cast<ssize_t>(sizeof source->seen_);
    return source;
}

UioInterrupt::UioInterrupt(int node, PciSysfs& files, std::shared_ptr<Backend> keeps,
                           std::atomic<bool>& in_use, FileDescriptor cancel_event) noexcept
    : node_(node),
      files_(files),
      keeps_(std::move(keeps)),
      in_use_(in_use),
      cancel_event_(std::move(cancel_event)) {}

UioInterrupt::~UioInterrupt() {
    static_cast<void>(mask());
    in_use_ = false;
}

std::string UioInterrupt::describe(std::string_view verb) const {
    return fmt::format("{} intx vector 0 of {}", verb, files_.info().address);
}

Result<std::uint64_t> UioInterrupt::wait(std::chrono::nanoseconds timeout) {
    if (auto armed = unmask(); !armed) return std::unexpected(std::move(armed).error());
    pollfd ready[2] = {{node_, POLLIN, 0}, {cancel_event_.get(), POLLIN, 0}};
    const int count = system_calls::poll(ready, 2, timeout);
    if (count < 0) return system_failure(errno, describe("wait for"), "poll");
    if (count == 0)
        return failure(ErrorCode::timed_out, describe("wait for"),
                       fmt::format("it did not fire within {} ms",
                                   std::chrono::duration<double, std::milli>(timeout).count()));
    if (ready[1].revents != 0) {
        std::uint64_t cancels = 0;
        static_cast<void>(!system_calls::read(cancel_event_.get(), &cancels, sizeof cancels));
        return failure(ErrorCode::cancelled, describe("wait for"), "the wait was cancelled");
    }
    std::uint32_t total = 0;
    if (system_calls::read(node_, &total, sizeof total) != static_cast<ssize_t>(sizeof total))
        return failure(ErrorCode::removed, describe("wait for"),
                       "its UIO node answers no more: the device or its driver was removed");
    const std::uint32_t fired = seen_any_ ? total - seen_ : 1;
    seen_ = total;
    seen_any_ = true;
    return fired;
}

void UioInterrupt::cancel() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!system_calls::write(cancel_event_.get(), &one, sizeof one));
}

Result<void> UioInterrupt::mask() {
    return files_.change_command(configuration::command_interrupt_disable, 0);
}

Result<void> UioInterrupt::unmask() {
    return files_.change_command(0, configuration::command_interrupt_disable);
}

Result<void> UioInterrupt::trigger() {
    return failure(ErrorCode::unsupported, describe("trigger"),
                   "UIO has no means to fire an interrupt from software",
                   "let the device raise it, or use vfio");
}

}  // namespace openbar
