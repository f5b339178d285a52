/// Lets a stop token end a wait in the system.
///
///     StopWatch watch(source, token);
///     OPENBAR_TRY(ready, watch.prepare());
///     OPENBAR_TRY(signalled, wait_for_handles(watch.handles()…, StopWatch::longest_sleep));
#pragma once

#include "device/wait_source.hpp"

#include <chrono>
#include <optional>
#include <stop_token>

namespace openbar {

#ifdef _WIN32

/// Looks at the token now and then. A callback would wake at once, but it cannot be taken back: the
/// destructor of std::stop_callback waits for one under way, at times for ever with GCC 12's library
/// for Windows (bits/atomic_wait.h, __waiter_pool::_M_do_wait, compares before it takes the lock).
class StopWatch {
public:
    StopWatch(WaitSource&, const std::stop_token& token) noexcept
        : longest_sleep_(token.stop_possible() ? std::chrono::milliseconds(10)
                                               : std::chrono::nanoseconds::max()) {}
    [[nodiscard]] Result<void> prepare() { return {}; }
    [[nodiscard]] WaitHandles handles() const noexcept { return {}; }
    [[nodiscard]] std::chrono::nanoseconds longest_sleep() const noexcept { return longest_sleep_; }

private:
    std::chrono::nanoseconds longest_sleep_;
};

#else

/// Is woken by a callback, through a descriptor that the source keeps for its next waits.
class StopWatch {
public:
    StopWatch(WaitSource& source, const std::stop_token& token) noexcept
        : wake_(source.waiting().wake), token_(token) {}

    [[nodiscard]] Result<void> prepare() {
        if (!token_.stop_possible()) return {};
        if (!wake_.is_created()) {
            OPENBAR_TRY(created, wake_.create());
        }
        wake_.clear();
        callback_.emplace(token_, Signal{wake_});
        return {};
    }
    [[nodiscard]] WaitHandles handles() const noexcept {
        return callback_ ? WaitHandles(wake_.handle()) : WaitHandles();
    }
    [[nodiscard]] static std::chrono::nanoseconds longest_sleep() noexcept {
        return std::chrono::nanoseconds::max();
    }

private:
    struct Signal {
        Wake& wake;
        void operator()() const noexcept { wake.signal(); }
    };

    Wake& wake_;
    const std::stop_token& token_;
    std::optional<std::stop_callback<Signal>> callback_;
};

#endif

}  // namespace openbar
