/// A limit of time: any duration of `<chrono>`, without overflow.
///
///     using edu::Status;
///     registers.wait_until<Status>(Status::Computing{false}, 250ms).value();
///     registers.wait_until<Status>(Status::Computing{false},
///                                  std::chrono::duration<double>(0.25)).value();
///     registers.wait_until<Status>(Status::Computing{false},
///                                  std::chrono::hours::max()).value();       // without a limit
///
/// `<chrono>` converts durations to nanoseconds by a multiplication that may overflow: `hours::max()`
/// would become negative. Here 292 years and more mean no limit, and a negative duration is 0.
#pragma once

#include "openbar/standard.hpp"

#include <chrono>
#include <ratio>

namespace openbar {

class Timeout {
public:
    /// Zero and less: do not wait. 292 years and more: no limit. NaN is 0.
    template <typename Rep, typename Period>
    constexpr Timeout(std::chrono::duration<Rep, Period> timeout) noexcept  // NOLINT: implicit
        : nanoseconds_(saturated(timeout)) {}

    /// From 0 to `std::chrono::nanoseconds::max()`, which means no limit.
    [[nodiscard]] constexpr std::chrono::nanoseconds nanoseconds() const noexcept {
        return nanoseconds_;
    }

private:
    template <typename Rep, typename Period>
    static constexpr std::chrono::nanoseconds saturated(
        std::chrono::duration<Rep, Period> timeout) noexcept {
        using Approximate = std::chrono::duration<double, std::nano>;
        // A little less than 2^63, because the conversion to floating point rounds.
        constexpr Approximate longest{9.223372e18};
        const Approximate approximate(timeout);
        if (!(approximate > Approximate::zero())) return std::chrono::nanoseconds::zero();
        if (approximate >= longest) return std::chrono::nanoseconds::max();
        return std::chrono::duration_cast<std::chrono::nanoseconds>(timeout);
    }

    std::chrono::nanoseconds nanoseconds_;
};

}  // namespace openbar
