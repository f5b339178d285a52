/// Waits for one or several sources, the same on all systems and back ends.
///
///     auto count = wait_for(source, 1s);
///     auto ready = wait_for_any(sources, 1s, stop);
#pragma once

#include "openbar/wait_any.hpp"

#include "device/wait_source.hpp"

#include <stop_token>
#include <vector>

namespace openbar {

/// Until the source has something, and returns how much. `timeout` is what `Timeout::nanoseconds`
/// gives: never negative; the largest is no limit. Errors: timed_out; cancelled; removed; busy
/// (another wait is under way).
[[nodiscard]] Result<std::uint64_t> wait_for(WaitSource& source, std::chrono::nanoseconds timeout,
                                             const std::stop_token& stop = {});

/// The same for several, which must be different ones; returns all that have something. An error
/// says what was attempted.
[[nodiscard]] Result<std::vector<Ready>> wait_for_any(std::span<WaitSource* const> sources,
                                                      std::chrono::nanoseconds timeout,
                                                      const std::stop_token& stop = {});

}  // namespace openbar
