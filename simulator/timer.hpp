/// One point in time at which a model acts: set, moved or called off.
///
///     Timer delay(bus, [this] { raise(receive_cause); });
///     delay.start(std::chrono::microseconds(8));       // again before it has run: moves it
///     delay.stop();                                    // and in the model's reset(), always
///
/// A reset makes the host forget its actions: a timer that was not stopped then waits for one that
/// never comes. `Bus::at` alone cannot be called off. However often a timer is moved, it keeps at
/// most a few actions waiting in the host. Not thread-safe; must outlive what it has asked of the
/// bus.
#pragma once

#include "simulator/model.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace openbar::simulator {

class Timer {
public:
    Timer(Bus& bus, std::function<void()> action) : bus_(bus), action_(std::move(action)) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void start(std::chrono::nanoseconds delay) {
        deadline_ = bus_.now() + delay;
        running_ = true;
        if (!waiting_ || waits_until_ > deadline_) wait_until(deadline_);
    }
    /// Goes on with long work after the host has served others.
    void start_soon() { start(std::chrono::microseconds(1)); }
    void stop() noexcept {
        running_ = false;
        waiting_ = false;
        ++generation_;
    }
    [[nodiscard]] bool running() const noexcept { return running_; }

private:
    void wait_until(std::chrono::nanoseconds when) {
        waiting_ = true;
        waits_until_ = when;
        bus_.at(when, [this, generation = ++generation_] {
            if (generation == generation_) wake();
        });
    }
    void wake() {
        waiting_ = false;
        if (!running_) return;
        if (bus_.now() < deadline_) return wait_until(deadline_);
        running_ = false;
        action_();
    }

    Bus& bus_;
    std::function<void()> action_;
    std::chrono::nanoseconds deadline_{};
    std::chrono::nanoseconds waits_until_{};
    std::uint64_t generation_ = 0;  // distinguishes the action that counts from those called off
    bool running_ = false;
    bool waiting_ = false;
};

}  // namespace openbar::simulator
