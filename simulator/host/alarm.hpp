/// What a card's own thread sleeps on: a time, what reaches the card from outside, and a bell.
#pragma once

#include "openbar/result.hpp"

#include "simulator/model.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace openbar::simulator {

class Alarm {
public:
    [[nodiscard]] static Result<std::unique_ptr<Alarm>> create();
    virtual ~Alarm() = default;

    /// Ends the present sleep, or the next one. From any thread.
    virtual void ring() noexcept = 0;
    /// Until the time (of the steady clock) has come, one of `sources` can be read, or it rings.
    /// `ready` gets those that can be read.
    virtual void sleep(std::optional<std::chrono::nanoseconds> until,
                       std::span<const PollSource> sources, std::vector<PollSource>& ready) = 0;
};

}  // namespace openbar::simulator
