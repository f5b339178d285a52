/// Ctrl-C (and SIGTERM, SIGHUP) as a request that a command sees, so that it can give back what it
/// has and say what it did.
///
///     StopRequest stop([&] { interrupt.cancel(); });
///     while (!stop.made()) …
///
/// One at a time. The callback runs on a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

namespace openbar::cli {

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
