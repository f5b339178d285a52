/// A card inside the program that uses it: an access is a call of its model, on the thread that
/// makes it. Time passes on a thread of the card's.
///
///     OPENBAR_TRY(card, LiveCard::start(std::move(model)));
///     OPENBAR_TRY(use, card->use());
///     use->access(0, 0x08, bytes, Card::Direction::read);
///
/// The card is reachable through a `Use` only, which one thread has at a time. What has become due
/// by then happens first, so that a register shows what its time says, whichever thread runs.
#pragma once

#include "openbar/result.hpp"

#include "base/mutex.hpp"
#include "simulator/host/alarm.hpp"
#include "simulator/host/card.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace openbar::simulator {

class LiveCard {
public:
    class Use;

    /// Errors: those of `Card::create`; resource_exhausted.
    [[nodiscard]] static Result<std::unique_ptr<LiveCard>> start(std::unique_ptr<Model> model,
                                                                 Trace trace = {});
    LiveCard(const LiveCard&) = delete;
    LiveCard& operator=(const LiveCard&) = delete;
    /// In a child of a fork it leaves the model alone.
    ~LiveCard();

    /// Waits for its turn. Errors: busy (this thread has it already: a signal handler has come in
    /// between); removed (in a child of a fork).
    [[nodiscard]] Result<Use> use();

    /// What it is: that never changes, and needs no turn.
    [[nodiscard]] const Description& description() const noexcept { return card_->description(); }
    /// The file behind the plain parts of a region, likewise; -1 where it has none.
    [[nodiscard]] int memory_handle(RegionNumber region) const noexcept {
        return card_->plain().handle(region);
    }

private:
    LiveCard(std::unique_ptr<Card> card, std::unique_ptr<Alarm> alarm) noexcept;

    void live();
    void wake_if_earlier() noexcept OPENBAR_REQUIRES(mutex_);
    /// Called through a `Use`, which holds the mutex for as long as it lasts.
    void in_use() const noexcept OPENBAR_ASSERTS(mutex_) {}

    std::unique_ptr<Card> card_;
    std::unique_ptr<Alarm> alarm_;
    Mutex mutex_;
    std::atomic<const void*> turn_of_ = nullptr;  // a place in the thread that has it
    unsigned forks_;
    // What the thread sleeps for.
    std::optional<std::chrono::nanoseconds> sleeps_until_ OPENBAR_GUARDED_BY(mutex_);
    std::uint64_t watches_version_ OPENBAR_GUARDED_BY(mutex_) = 0;
    bool ending_ OPENBAR_GUARDED_BY(mutex_) = false;

    std::thread thread_;
};

class LiveCard::Use {
public:
    Use(Use&& other) noexcept : live_(std::exchange(other.live_, nullptr)) {}
    Use& operator=(Use&&) = delete;
    ~Use();

    [[nodiscard]] Card* operator->() const noexcept { return live_->card_.get(); }
    [[nodiscard]] Card& operator*() const noexcept { return *live_->card_; }

private:
    friend class LiveCard;
    explicit Use(LiveCard& live);

    LiveCard* live_;
};

}  // namespace openbar::simulator
