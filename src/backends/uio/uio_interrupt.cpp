#include "backends/uio/uio_interrupt.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace openbar {

UioLine line_switched_by_its_node(int node, std::string address) {
    auto let_through = [node](bool through) -> Result<void> {
        const std::int32_t value = through ? 1 : 0;
        if (system_calls::write(node, &value, sizeof value) == static_cast<ssize_t>(sizeof value))
            return {};
        const int error = errno;
        if (error == ENOSYS && through) return {};
        if (error == EIO)
            return failure(ErrorCode::unsupported,
                           "its UIO driver was given no interrupt of this device",
                           "see the node's `interrupts` in the device tree");
        return system_failure(error, "its UIO node");
    };
    return {node, std::move(address), std::move(let_through)};
}

Result<std::unique_ptr<InterruptSource>> UioInterrupt::enable(UioLine line,
                                                              std::shared_ptr<Backend> keeps,
                                                              std::atomic<bool>& in_use) {
    if (in_use.exchange(true))
        return failure(ErrorCode::busy, "this program has it already",
                       "let go of the other Interrupt first");
    FileDescriptor cancel_event(system_calls::eventfd());
    if (!cancel_event) {
        in_use = false;
        return system_failure(errno, "eventfd");
    }
    const int node = line.node;
    std::unique_ptr<UioInterrupt> source(
        new UioInterrupt(std::move(line), std::move(keeps), in_use, std::move(cancel_event)));
    // What fired before this vector was enabled is nobody's. A line that is still asserted fires
    // again when it is let through.
    pollfd pending{node, POLLIN, 0};
    if (system_calls::poll(&pending, 1, std::chrono::nanoseconds(0)) == 1)
        source->seen_any_ = system_calls::read(node, &source->seen_, sizeof source->seen_) ==
                            static_cast<ssize_t>(sizeof source->seen_);
    OPENBAR_TRY(armed, source->unmask());
    return source;
}

UioInterrupt::UioInterrupt(UioLine line, std::shared_ptr<Backend> keeps, std::atomic<bool>& in_use,
                           FileDescriptor cancel_event) noexcept
    : MaskableInterrupt(InterruptKind::intx, 0, line.address),
      line_(std::move(line)),
      keeps_(std::move(keeps)),
      in_use_(in_use),
      cancel_event_(std::move(cancel_event)) {}

UioInterrupt::~UioInterrupt() {
    if (process_.is_this_one()) static_cast<void>(let_through(false));
    in_use_ = false;
}

Result<std::uint64_t> UioInterrupt::take(std::span<const WaitHandle> signalled) {
    if (signalled[1].revents != 0) {
        std::uint64_t cancels = 0;
        static_cast<void>(!system_calls::read(cancel_event_.get(), &cancels, sizeof cancels));
        return cancelled();
    }
    if (signalled[0].revents == 0) return 0;
    std::uint32_t total = 0;
    if (system_calls::read(line_.node, &total, sizeof total) != static_cast<ssize_t>(sizeof total))
        return failure(ErrorCode::removed,
                       "its UIO node answers no more: the device or its driver was removed");
    const std::uint32_t fired = seen_any_ ? total - seen_ : 1;
    seen_ = total;
    seen_any_ = true;
    has_fired();
    return fired;
}

void UioInterrupt::cancel() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!system_calls::write(cancel_event_.get(), &one, sizeof one));
}

Result<void> UioInterrupt::trigger() {
    return failure(ErrorCode::unsupported, "UIO has no means to fire an interrupt from software",
                   "let the device raise it, or use vfio");
}

}  // namespace openbar
