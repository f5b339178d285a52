/// What a thread can wait for, alone or among others: an enabled vector, or a device's events.
///
/// A back end says which handles the system has to wait for, and takes what is there without
/// waiting. The waiting itself is the same for all of them: `wait.hpp`.
#pragma once

#include "openbar/interrupt.hpp"

#include "base/wait_handles.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace openbar {

/// A few handles, without an allocation.
class WaitHandles {
public:
    static constexpr std::size_t most = 3;

    WaitHandles() = default;
    explicit WaitHandles(WaitHandle one) noexcept : all_{one}, count_(1) {}
    WaitHandles(WaitHandle one, WaitHandle other) noexcept : all_{one, other}, count_(2) {}

    void add(WaitHandle handle) noexcept { all_[count_++] = handle; }
    [[nodiscard]] std::span<WaitHandle> all() noexcept { return std::span(all_).first(count_); }
    [[nodiscard]] std::span<const WaitHandle> all() const noexcept {
        return std::span(all_).first(count_);
    }

private:
    std::array<WaitHandle, most> all_{};
    std::size_t count_ = 0;
};

/// Shows that a device goes, or reports an error. All sources of one device share it: a wait for many
/// of them looks at it once.
class Departure {
public:
    virtual ~Departure() = default;
    [[nodiscard]] virtual WaitHandles handles() const noexcept = 0;
    /// Whether it gave the sources something to take; or the error that ends every wait. `signalled`
    /// are the handles, after waiting.
    [[nodiscard]] virtual Result<bool> check(std::span<const WaitHandle> signalled) = 0;
};

/// Errors leave out what was attempted.
class WaitSource {
public:
    virtual ~WaitSource() = default;

    /// "msi vector 0 of 0000:00:04.0"
    [[nodiscard]] virtual std::string name() const = 0;
    /// To be called before each wait.
    [[nodiscard]] virtual Result<void> prepare() = 0;
    /// What is signalled once there is something to take, or a cancellation.
    [[nodiscard]] virtual WaitHandles handles() const noexcept = 0;
    /// Null where nothing shows it.
    [[nodiscard]] virtual Departure* departure() const noexcept { return nullptr; }
    /// Takes what is pending, without waiting, and returns how much, or 0. Of events it takes none:
    /// it counts them. `signalled` are the handles, after waiting. Error: cancelled.
    [[nodiscard]] virtual Result<std::uint64_t> take(std::span<const WaitHandle> signalled) = 0;
    /// Prepared, waits for this source alone and without a limit, if that can be done faster than
    /// by the others of these.
    [[nodiscard]] virtual std::optional<Result<std::uint64_t>> wait_alone() { return std::nullopt; }
    /// Any thread may call it.
    virtual void cancel() noexcept = 0;
    [[nodiscard]] virtual Error timed_out(std::chrono::nanoseconds timeout) const = 0;

    /// Of the one wait that may be under way.
    struct Waiting {
        std::atomic<bool> under_way = false;
        std::optional<Error> left_over;  ///< met by a wait that had something to return
#ifndef _WIN32
        Wake wake;  ///< for the stop token
#endif
    };
    [[nodiscard]] Waiting& waiting() noexcept {
        return waiting_;
    }

private:
    Waiting waiting_;
};

}  // namespace openbar
