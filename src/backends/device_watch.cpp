#include "backends/device_watch.hpp"

#include "backends/event_subscription.hpp"
#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <algorithm>
#include <array>

namespace openbar {

void DeviceWatch::add_departure(WaitHandle signal, DeviceEvent event, const char* meaning) {
    if (signal.fd >= 0) going_.push_back({signal, event, meaning});
}

void DeviceWatch::add_errors(int eventfd) {
    errors_ = eventfd;
}

WaitHandles DeviceWatch::handles() const noexcept {
    WaitHandles all;
    for (const Going& going : going_) all.add(going.signal);
    if (errors_ >= 0) all.add({errors_, POLLIN, 0});
    return all;
}

Result<bool> DeviceWatch::check(std::span<const WaitHandle> signalled) {
    const bool errors = errors_ >= 0 && signalled.back().revents != 0;
    if (errors) note_errors();
    const Going* last = nullptr;
    for (std::size_t index = 0; index < going_.size(); ++index) {
        if (signalled[index].revents == 0) continue;
        note(going_[index]);
        last = &going_[index];
    }
    if (last == nullptr) return errors;
    return failure(ErrorCode::removed, last->meaning);
}

void DeviceWatch::look() {
    WaitHandles handles = this->handles();
    if (system_calls::poll(handles.all().data(), handles.all().size(), {}) > 0)
        static_cast<void>(check(handles.all()));
}

void DeviceWatch::note(Going& going) {
    const std::lock_guard guard(mutex_);
    if (std::exchange(going.noted, true)) return;
    for (EventSubscription* subscription : subscriptions_)
        subscription->leave_descriptor(going.signal.fd);
    note_for_all(going.event);
}

void DeviceWatch::note_errors() {
    const std::lock_guard guard(mutex_);
    std::uint64_t count = 0;
    if (system_calls::read(errors_, &count, sizeof count) != sizeof count) return;
    for (Listener* listener : listeners_) listener->note_error();
    note_for_all(DeviceEvent::error);
}

void DeviceWatch::note_for_all(DeviceEvent event) {
    for (EventSubscription* subscription : subscriptions_) subscription->add(event);
}

void DeviceWatch::report(DeviceEvent event) {
    const std::lock_guard guard(mutex_);
    note_for_all(event);
}

Result<void> DeviceWatch::trigger(DeviceEvent event) const {
    if (event != DeviceEvent::error && event != DeviceEvent::removal_requested)
        return failure(ErrorCode::unsupported, "only error and removal_requested can be triggered");
    if (event == DeviceEvent::error && errors_ < 0)
        return failure(ErrorCode::unsupported,
                       "the device cannot report errors: it is not a PCI Express device");
    if (event == DeviceEvent::removal_requested &&
        std::ranges::find(going_, event, &Going::event) == going_.end())
        return failure(ErrorCode::unsupported, "nothing can request the removal of the device");
    return trigger_(event);
}

void DeviceWatch::add(Listener& listener) {
    const std::lock_guard guard(mutex_);
    listeners_.push_back(&listener);
}

void DeviceWatch::remove(Listener& listener) noexcept {
    if (!process_.is_this_one()) return;
    const std::lock_guard guard(mutex_);
    std::erase(listeners_, &listener);
}

Result<std::unique_ptr<EventSource>> DeviceWatch::subscribe(std::shared_ptr<const Backend> keeps) {
    auto subscription = std::make_unique<EventSubscription>(*this, std::move(keeps));
    OPENBAR_TRY(created, subscription->create());
    const std::lock_guard guard(mutex_);
    if (errors_ >= 0) {
        OPENBAR_TRY(watched, subscription->watch_descriptor({errors_, POLLIN, 0}));
    }
    for (const Going& going : going_) {
        if (going.noted) {
            subscription->add(going.event);
            continue;
        }
        OPENBAR_TRY(watched, subscription->watch_descriptor(going.signal));
    }
    subscriptions_.push_back(subscription.get());
    subscription->is_subscribed_ = true;
    return std::unique_ptr<EventSource>(std::move(subscription));
}

}  // namespace openbar
