#include "backends/maskable_interrupt.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

namespace openbar {

std::string MaskableInterrupt::name() const {
    return fmt::format("{} vector {} of {}", to_string(kind_), vector_, device_);
}

Result<void> MaskableInterrupt::mask() {
    const std::lock_guard guard(mutex_);
    auto masked = let_through(false);
    if (masked) masked_ = true;
    return masked;
}

Result<void> MaskableInterrupt::unmask() {
    const std::lock_guard guard(mutex_);
    auto unmasked = let_through(true);
    if (unmasked) masked_ = masked_by_firing_ = false;
    return unmasked;
}

Result<void> MaskableInterrupt::prepare() {
    if (!masked_by_firing_) return {};
    const std::lock_guard guard(mutex_);
    if (masked_ || !masked_by_firing_) return {};
    auto armed = let_through(true);
    if (armed) masked_by_firing_ = false;
    return armed;
}

Error MaskableInterrupt::timed_out(std::chrono::nanoseconds timeout) const {
    return failure(
        ErrorCode::timed_out,
        fmt::format("it did not fire within {} ms",
                    std::chrono::duration<double, std::milli>(timeout).count()),
        kind_ == InterruptKind::intx
            ? "wait longer; or see whether the device asserts its line, and whether its "
              "command register lets it (interrupt-disable, 0x400)"
            : "wait longer; or see whether the device sends it: its own enables, and bus "
              "mastering, without which it sends no message (set_bus_master)");
}

Error MaskableInterrupt::cancelled() {
    return failure(ErrorCode::cancelled, "the wait was cancelled");
}

}  // namespace openbar
