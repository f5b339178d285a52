#include "device/wait.hpp"

#include "base/failure.hpp"
#include "device/stop_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace openbar {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

/// A list that allocates only if it is long.
template <typename T, std::size_t few>
class ShortList {
public:
    void reserve(std::size_t most) {
        if (most > few) many_.resize(most);
    }
    void add(T value) noexcept { first()[count_++] = value; }
    [[nodiscard]] std::span<T> all() noexcept { return {first(), count_}; }

private:
    [[nodiscard]] T* first() noexcept { return many_.empty() ? few_.data() : many_.data(); }

    std::array<T, few> few_{};
    std::vector<T> many_;
    std::size_t count_ = 0;
};

/// Keeps other waits off the sources.
class Claim {
public:
    explicit Claim(std::span<WaitSource* const> sources) noexcept : sources_(sources) {}
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim() {
        for (WaitSource* source : sources_.first(taken_)) source->waiting().under_way = false;
    }

    /// The source that is in use already, or null.
    [[nodiscard]] WaitSource* take() noexcept {
        for (WaitSource* source : sources_) {
            if (source->waiting().under_way.exchange(true)) return source;
            ++taken_;
        }
        return nullptr;
    }

private:
    std::span<WaitSource* const> sources_;
    std::size_t taken_ = 0;
};

Error stopped() {
    return failure(ErrorCode::cancelled, "a stop was requested");
}

class Wait {
public:
    Wait(std::span<WaitSource* const> sources, nanoseconds timeout, const std::stop_token& stop)
        : sources_(sources),
          timeout_(timeout),
          stop_(stop),
          claim_(sources),
          stop_watch_(*sources.front(), stop) {}

    /// Until there is something: `found` is called with the place of each source that has
    /// something, and how much.
    template <typename Found>
    [[nodiscard]] Result<void> run(Found found);

    /// The source that the error of `run` is about, or null.
    [[nodiscard]] const WaitSource* culprit() const noexcept { return culprit_; }

private:
    [[nodiscard]] Error blame(const WaitSource* source, Error error) {
        culprit_ = source;
        return error;
    }
    [[nodiscard]] Result<void> prepare();
    void list_handles();
    template <typename Found>
    [[nodiscard]] Result<bool> take(Found& found, std::span<const WaitHandle>& signalled);
    /// Whether there may be something to take now.
    [[nodiscard]] Result<bool> check_departures(std::span<const WaitHandle> signalled);
    [[nodiscard]] nanoseconds time_left(Clock::time_point start) const {
        if (timeout_ == nanoseconds::max()) return timeout_;
        return std::max<nanoseconds>(timeout_ - (Clock::now() - start), nanoseconds::zero());
    }
    [[nodiscard]] Error timed_out() const;

    std::span<WaitSource* const> sources_;
    nanoseconds timeout_;
    const std::stop_token& stop_;
    Claim claim_;
    StopWatch stop_watch_;
    ShortList<WaitHandle, 3 * WaitHandles::most> handles_;  // of a wait for one source
    ShortList<Departure*, 2> departures_;
    const WaitSource* culprit_ = nullptr;
};

Result<void> Wait::prepare() {
    if (const WaitSource* in_use = claim_.take())
        return blame(in_use, failure(ErrorCode::busy, "another wait for it is under way",
                                     "wait for it in one thread at a time, and name it once"));
    if (stop_.stop_requested()) return stopped();
    for (WaitSource* source : sources_) {
        if (auto& left_over = source->waiting().left_over)
            return blame(source, *std::exchange(left_over, std::nullopt));
        if (auto prepared = source->prepare(); !prepared)
            return blame(source, std::move(prepared).error());
    }
    return stop_watch_.prepare();
}

void Wait::list_handles() {
    handles_.reserve((2 * sources_.size() + 1) * WaitHandles::most);
    departures_.reserve(sources_.size());
    for (const WaitSource* source : sources_) {
        for (const WaitHandle& handle : source->handles().all()) handles_.add(handle);
        Departure* departure = source->departure();
        if (departure != nullptr &&
            std::ranges::find(departures_.all(), departure) == departures_.all().end())
            departures_.add(departure);
    }
    for (const Departure* departure : departures_.all())
        for (const WaitHandle& handle : departure->handles().all()) handles_.add(handle);
    for (const WaitHandle& handle : stop_watch_.handles().all()) handles_.add(handle);
}

/// Takes the handles of the sources off the front of `signalled`.
template <typename Found>
Result<bool> Wait::take(Found& found, std::span<const WaitHandle>& signalled) {
    bool any = false;
    for (std::size_t index = 0; index < sources_.size(); ++index) {
        WaitSource& source = *sources_[index];
        const auto its_own = signalled.first(source.handles().all().size());
        signalled = signalled.subspan(its_own.size());
        auto taken = source.take(its_own);
        if (!taken && !any) return blame(&source, std::move(taken).error());
        if (!taken) {
            source.waiting().left_over = std::move(taken).error();
        } else if (*taken != 0) {
            found(index, *taken);
            any = true;
        }
    }
    return any;
}

Result<bool> Wait::check_departures(std::span<const WaitHandle> signalled) {
    bool any = false;
    for (Departure* departure : departures_.all()) {
        const auto its_own = signalled.first(departure->handles().all().size());
        signalled = signalled.subspan(its_own.size());
        auto noted = departure->check(its_own);
        if (!noted)
            return blame(*std::ranges::find(sources_, departure, &WaitSource::departure),
                         std::move(noted).error());
        any = any || *noted;
    }
    return any;
}

Error Wait::timed_out() const {
    if (sources_.size() == 1) return sources_.front()->timed_out(timeout_);
    return failure(ErrorCode::timed_out,
                   fmt::format("none of them fired within {} ms",
                               std::chrono::duration<double, std::milli>(timeout_).count()),
                   "wait longer; or wait for each alone, and see its hint");
}

template <typename Found>
Result<void> Wait::run(Found found) {
    OPENBAR_TRY(prepared, prepare());
    const bool is_limited = timeout_ != nanoseconds::max();
    if (sources_.size() == 1 && !is_limited && !stop_.stop_possible())
        if (auto taken = sources_.front()->wait_alone()) {
            if (!*taken) return blame(sources_.front(), std::move(*taken).error());
            found(0, **taken);
            return {};
        }
    list_handles();
    const auto start = is_limited ? Clock::now() : Clock::time_point();
    for (auto left = timeout_;; left = time_left(start)) {
        OPENBAR_TRY(woken,
                    wait_for_handles(handles_.all(), std::min(left, stop_watch_.longest_sleep())));
        if (stop_.stop_requested()) return stopped();
        if (woken) {
            std::span<const WaitHandle> signalled = handles_.all();
            OPENBAR_TRY(any, take(found, signalled));
            if (any) return {};
            OPENBAR_TRY(look_again, check_departures(signalled));
            if (look_again) continue;
        }
        // Also where it is woken for nothing, again and again.
        if (time_left(start) == nanoseconds::zero()) return timed_out();
    }
}

}  // namespace

Result<std::uint64_t> wait_for(WaitSource& source, nanoseconds timeout,
                               const std::stop_token& stop) {
    WaitSource* const sources[] = {&source};
    std::uint64_t count = 0;
    OPENBAR_TRY(done, Wait(sources, timeout, stop).run([&](std::size_t, std::uint64_t taken) {
        count = taken;
    }));
    return count;
}

Result<std::vector<Ready>> wait_for_any(std::span<WaitSource* const> sources, nanoseconds timeout,
                                        const std::stop_token& stop) {
    std::vector<Ready> ready;
    Wait wait(sources, timeout, stop);
    const auto note = [&](std::size_t index, std::uint64_t taken) {
        ready.push_back({index, taken});
    };
    auto done = wait.run(note).attempting([&] {
        if (wait.culprit() != nullptr) return "wait for " + wait.culprit()->name();
        if (sources.size() == 1) return "wait for " + sources.front()->name();
        return fmt::format("wait for any of {} interrupts", sources.size());
    });
    if (!done) return std::move(done).error();
    return ready;
}

}  // namespace openbar
