#include "backends/event_subscription.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace openbar {

EventSubscription::~EventSubscription() {
    if (!is_subscribed_ || !watch_.process_.is_this_one()) return;
    const std::lock_guard guard(watch_.mutex_);
    std::erase(watch_.subscriptions_, this);
}

Result<void> EventSubscription::create() {
    epoll_ = FileDescriptor(system_calls::epoll());
    if (!epoll_) return system_failure(errno, "epoll_create1");
    OPENBAR_TRY(created, queued_.create());
    return watch_descriptor(queued_.handle());
}

Result<void> EventSubscription::watch_descriptor(const WaitHandle& signal) {
    const auto events = static_cast<std::uint32_t>(signal.events);
    if (system_calls::epoll_add(epoll_.get(), signal.fd, events) == 0) return {};
    return system_failure(errno, "epoll_ctl");
}

void EventSubscription::leave_descriptor(int descriptor) noexcept {
    system_calls::epoll_remove(epoll_.get(), descriptor);
}

void EventSubscription::add(DeviceEvent event) {
    if (event == DeviceEvent::removed) has_gone_ = true;
    if (std::ranges::find(pending_, event) == pending_.end()) pending_.push_back(event);
    settle();
}

void EventSubscription::settle() noexcept {
    if (pending_.empty() && !cancelled_ && !has_gone_)
        queued_.clear();
    else
        queued_.signal();
}

std::string EventSubscription::name() const {
    return "events of " + keeps_->info().address;
}

Result<std::uint64_t> EventSubscription::take(std::span<const WaitHandle> signalled) {
    if (signalled.front().revents == 0) return 0;
    watch_.look();
    const std::lock_guard guard(watch_.mutex_);
    if (std::exchange(cancelled_, false)) {
        settle();
        return failure(ErrorCode::cancelled, "the wait was cancelled");
    }
    if (pending_.empty() && has_gone_) return failure(ErrorCode::removed, "the device has gone");
    return pending_.size();
}

DeviceEvent EventSubscription::next() {
    const std::lock_guard guard(watch_.mutex_);
    const DeviceEvent event = pending_.front();
    pending_.pop_front();
    settle();
    return event;
}

void EventSubscription::cancel() noexcept {
    const std::lock_guard guard(watch_.mutex_);
    cancelled_ = true;
    settle();
}

Error EventSubscription::timed_out(std::chrono::nanoseconds timeout) const {
    return failure(ErrorCode::timed_out,
                   fmt::format("nothing happened to it within {} ms",
                               std::chrono::duration<double, std::milli>(timeout).count()));
}

}  // namespace openbar
