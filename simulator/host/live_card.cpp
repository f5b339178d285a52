#include "simulator/host/live_card.hpp"

#include "base/failure.hpp"
#include "base/fork_count.hpp"
#include "base/quiet_thread.hpp"

#include <utility>
#include <vector>

namespace openbar::simulator {
namespace {

/// An address that each thread has its own of.
const void* this_thread() noexcept {
    static thread_local const char place = 0;
    return &place;
}

}  // namespace

LiveCard::LiveCard(std::unique_ptr<Card> card, std::unique_ptr<Alarm> alarm) noexcept
    : card_(std::move(card)), alarm_(std::move(alarm)), forks_(fork_count()) {}

Result<std::unique_ptr<LiveCard>> LiveCard::start(std::unique_ptr<Model> model, Trace trace) {
    OPENBAR_TRY(card, Card::create(std::move(model), std::move(trace)));
    OPENBAR_TRY(alarm, Alarm::create());
    std::unique_ptr<LiveCard> live(new LiveCard(std::move(card), std::move(alarm)));
    live->card_->begin_use();
    OPENBAR_TRY(thread, start_quiet_thread([started = live.get()] { started->live(); }));
    live->thread_ = std::move(thread);
    return live;
}

LiveCard::~LiveCard() {
    if (forks_so_far() != forks_) {
        // Another thread of the parent's may have been in the middle of the model.
        static_cast<void>(card_.release());
        thread_.detach();
        return;
    }
    {
        const MutexLock lock(mutex_);
        ending_ = true;
    }
    alarm_->ring();
    if (thread_.joinable()) thread_.join();
}

Result<LiveCard::Use> LiveCard::use() {
    if (forks_so_far() != forks_)
        return failure(ErrorCode::removed,
                       "this process is a child of the one that opened the simulated card",
                       "open another card in the child");
    // Only this thread can have written its own address there.
    if (turn_of_.load(std::memory_order_relaxed) == this_thread())
        return failure(
            ErrorCode::busy,
            "a signal handler uses the card in the middle of another access of its thread",
            "leave the card to other threads while the signal is not blocked");
    return Use(*this);
}

LiveCard::Use::Use(LiveCard& live) : live_(&live) {
    live_->mutex_.lock();
    live_->in_use();
    live_->turn_of_.store(this_thread(), std::memory_order_relaxed);
    if (live_->card_->next_action()) live_->card_->run_due_actions();
}

LiveCard::Use::~Use() {
    if (live_ == nullptr) return;
    live_->in_use();
    live_->wake_if_earlier();
    live_->turn_of_.store(nullptr, std::memory_order_relaxed);
    live_->mutex_.unlock();
}

// Something may have become due before the time that the card's thread sleeps until, or be new to
// it.
void LiveCard::wake_if_earlier() noexcept {
    const auto next = card_->next_action();
    const bool earlier = next && (!sleeps_until_ || *next < *sleeps_until_);
    if (!earlier && card_->sources_version() == watches_version_) return;
    if (earlier) sleeps_until_ = next;  // rung once for it
    alarm_->ring();
}

void LiveCard::live() {
    std::vector<PollSource> ready;
    for (;;) {
        std::vector<PollSource> sources;
        std::optional<std::chrono::nanoseconds> until;
        {
            const Use mine(*this);
            in_use();
            for (const PollSource source : ready) mine->source_ready(source);
            mine->run_due_actions();
            until = sleeps_until_ = mine->next_action();
            watches_version_ = mine->sources_version();
            for (const auto& [source, action] : mine->sources()) sources.push_back(source);
            if (ending_) return;
        }
        alarm_->sleep(until, sources, ready);
    }
}

}  // namespace openbar::simulator
