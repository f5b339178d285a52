#include "openbar/register_access.hpp"

#include "base/width_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace openbar::detail {

using namespace std::chrono_literals;

// Registers that answer at once are the usual case, and a sleep costs some 50 µs by itself.
constexpr auto spinning = 50us;
constexpr auto longest_pause = 1ms;

Polling::Polling(Timeout timeout) noexcept : start_(Clock::now()) {
    // A timeout meant as "for ever" must not wrap round into the past.
    const auto left = Clock::time_point::max() - start_;
    deadline_ = start_ + std::min<Clock::duration>(timeout.nanoseconds(), left);
}

void Polling::pause() const {
    const auto waited = Clock::now() - start_;
    if (waited < spinning) return;
    const auto pause = std::min<Clock::duration>(waited / 10, longest_pause);
    std::this_thread::sleep_until(std::min(Clock::now() + pause, deadline_));
}

Error timed_out(const TimedOutWait& wait) {
    const unsigned digits = 2 * wait.width;
    const bool nobody_answers = wait.last_value == all_ones(wait.width);
    const double milliseconds =
        std::chrono::duration<double, std::milli>(wait.timeout.nanoseconds()).count();
    return {ErrorCode::timed_out,
            fmt::format("wait for register {} (offset {:#x})", wait.name, wait.offset),
            fmt::format("not within {} ms; it last read {:#0{}x}", milliseconds, wait.last_value,
                        digits + 2),
            nobody_answers
                ? "all ones is also what a device reads that is gone, powered down or has "
                  "memory decoding off: see openbar doctor"
                : "",
            0};
}

}  // namespace openbar::detail
