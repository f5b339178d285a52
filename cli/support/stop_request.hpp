/// Ctrl-C (and SIGTERM, SIGHUP) as a request that a command sees, so that it can give back what it
/// has and say what it did.
///
///     StopRequest stop([&] { interrupt.cancel(); });
///     while (!stop.made()) …
///
/// One at a time. The callback runs on a separate thread.
#pragma once

#include "openbar/result.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace openbar::cli {

/// What a command ends with that was stopped before it was done.
[[nodiscard]] inline Error interrupted(std::string attempted) {
    return {ErrorCode::cancelled, std::move(attempted), "it was interrupted", {}};
}

class StopRequest {
public:
    explicit StopRequest(std::function<void()> when_made = [] {});
    ~StopRequest();
    StopRequest(const StopRequest&) = delete;
    StopRequest& operator=(const StopRequest&) = delete;

    [[nodiscard]] bool made() const noexcept;

private:
    struct Watcher;
    std::unique_ptr<Watcher> watcher_;
};

}  // namespace openbar::cli
