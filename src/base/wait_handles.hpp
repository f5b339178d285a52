/// Waiting in the system for one of several descriptors or handles.
///
///     std::array<WaitHandle, 2> handles{pollfd{event, POLLIN, 0}, wake.handle()};
///     auto signalled = wait_for_handles(handles, 1s);      // false: the time is over
#pragma once

#include "openbar/result.hpp"

#include <chrono>
#include <cstddef>
#include <span>

#ifdef _WIN32
#include <windows.h>
#else
#include "base/file_descriptor.hpp"

#include <poll.h>

#include <atomic>
#endif

namespace openbar {

#ifdef _WIN32
using WaitHandle = HANDLE;
/// Of WaitForMultipleObjects.
inline constexpr std::size_t most_wait_handles = MAXIMUM_WAIT_OBJECTS;
#else
using WaitHandle = pollfd;  ///< `revents` shows whether it is signalled
inline constexpr std::size_t most_wait_handles = static_cast<std::size_t>(-1);
#endif

/// Whether one was signalled in time. Never too early; the longest timeout is no limit.
[[nodiscard]] Result<bool> wait_for_handles(std::span<WaitHandle> handles,
                                            std::chrono::nanoseconds timeout);

#ifndef _WIN32
/// Ends a wait from another thread.
class Wake {
public:
    /// Needed once, before the others. Error: resource_exhausted.
    [[nodiscard]] Result<void> create();
    [[nodiscard]] bool is_created() const noexcept { return static_cast<bool>(event_); }

    /// From any thread.
    void signal() noexcept;
    /// While nobody else signals.
    void clear() noexcept;
    [[nodiscard]] WaitHandle handle() const noexcept { return {event_.get(), POLLIN, 0}; }

private:
    FileDescriptor event_;
    std::atomic<bool> signalled_ = false;
};
#endif

}  // namespace openbar
