#include "tests/wine/hardware/threads.hpp"

namespace openbar::hardware {

DeferredCalls::DeferredCalls() {
    start_detached_thread([this] { run(); });
}

void DeferredCalls::add(std::function<void()> call) {
    std::lock_guard held(lock_);
    calls_.push_back(std::move(call));
    changed_.notify_all();
}

void DeferredCalls::drain() {
    std::unique_lock held(lock_);
    changed_.wait(held, [this] { return calls_.empty() && !busy_; });
}

void DeferredCalls::run() {
    std::unique_lock held(lock_);
    for (;;) {
        changed_.wait(held, [this] { return !calls_.empty(); });
        const auto call = std::move(calls_.front());
        calls_.pop_front();
        busy_ = true;
        held.unlock();
        call();
        held.lock();
        busy_ = false;
        changed_.notify_all();
    }
}

}  // namespace openbar::hardware
