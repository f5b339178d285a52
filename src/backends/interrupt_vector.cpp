#include "backends/interrupt_vector.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

namespace openbar {

Result<void> InterruptVector::mask() {
    auto masked = let_through(false);
    if (masked) masked_ = true;
    return masked;
}

Result<void> InterruptVector::unmask() {
    auto unmasked = let_through(true);
    if (unmasked) masked_ = masked_by_firing_ = false;
    return unmasked;
}

Result<void> InterruptVector::rearm() {
    return masked_by_firing_ && !masked_ ? unmask() : Result<void>();
}

std::string InterruptVector::describe(std::string_view verb) const {
    return fmt::format("{} {} vector {} of {}", verb, to_string(kind_), vector_, device_);
}

std::unexpected<Error> InterruptVector::timed_out(std::chrono::nanoseconds timeout) const {
    return failure(ErrorCode::timed_out, describe("wait for"),
                   fmt::format("it did not fire within {} ms",
                               std::chrono::duration<double, std::milli>(timeout).count()));
}

std::unexpected<Error> InterruptVector::cancelled() const {
    return failure(ErrorCode::cancelled, describe("wait for"), "the wait was cancelled");
}

}  // namespace openbar
