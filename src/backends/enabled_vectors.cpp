#include "backends/enabled_vectors.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar {
namespace {

/// How many vectors are enabled at first: enough for nearly all programs, so that the set need not
/// be enabled again, during which an interrupt could be lost.
constexpr std::size_t first_vectors = 16;

}  // namespace

Result<void> EnabledVectors::connect(const VectorInfo& kind, std::uint32_t vector, int event) {
    const std::lock_guard guard(mutex_);
    if (active_ && *active_ != kind.kind)
        return failure(ErrorCode::busy,
                       fmt::format("the device is using {} already, and can use one kind at a time",
                                   to_string(*active_)),
                       "let go of those vectors first");
    if (vector >= events_.size()) return enable_with(kind, vector, event);
    if (events_[vector] >= 0)
        return failure(ErrorCode::busy, "this program has it already",
                       "let go of the other Interrupt first");
    auto set = requests_.set_events(kind.kind, vector, std::span(&event, 1));
    if (set) events_[vector] = event;
    return set;
}

Result<void> EnabledVectors::enable_with(const VectorInfo& kind, std::uint32_t vector, int event) {
    std::vector<int> wanted = events_;
    wanted.resize(
        std::min<std::size_t>(std::max<std::size_t>(vector + 1u, first_vectors), kind.count), -1);
    wanted[vector] = event;
    if (active_) requests_.disable(kind.kind);
    auto enabled = requests_.set_events(kind.kind, 0, wanted);
    if (!enabled && wanted.size() > vector + 1u) {
        // The platform may have fewer to give than the device could use.
        wanted.resize(vector + 1u);
        enabled = requests_.set_events(kind.kind, 0, wanted);
    }
    if (enabled) {
        active_ = kind.kind;
        events_ = std::move(wanted);
    } else if (active_ && !requests_.set_events(kind.kind, 0, events_)) {
        active_.reset();
    }
    return enabled;
}

void EnabledVectors::disconnect(InterruptKind kind, std::uint32_t vector) {
    if (!process_.is_this_one()) return;
    const std::lock_guard guard(mutex_);
    events_[vector] = -1;
    if (std::ranges::all_of(events_, [](int event) { return event < 0; })) {
        requests_.disable(kind);
        active_.reset();
        events_.clear();
        return;
    }
    const int none = -1;
    static_cast<void>(requests_.set_events(kind, vector, std::span(&none, 1)));
}

}  // namespace openbar
