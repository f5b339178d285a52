/// The threads in which a kernel runs what has no program behind it.
#pragma once

#include "tests/wine/hardware/win32_threads.hpp"

#include <deque>
#include <functional>

namespace openbar::hardware {

/// One thread that runs deferred calls in order.
class DeferredCalls {
public:
    DeferredCalls();
    void add(std::function<void()> call);
    /// Waits until all that were added before have run.
    void drain();

private:
    void run();

    Mutex lock_;
    Condition changed_;
    std::deque<std::function<void()>> calls_;
    bool busy_ = false;
};

}  // namespace openbar::hardware
