/// The reports of the kernel, or of a simulated card's server, about a whole device.
///
///     DeviceWatch watch(EndsEveryWait::no, [&](DeviceEvent event) { return vfio::trigger(…); });
///     watch.add_departure({request.get(), POLLIN}, DeviceEvent::removal_requested, "the kernel …");
///     watch.add_errors(error.get());
///     auto events = watch.subscribe(backend);
///
/// Descriptors signal them. Every wait for the device polls the descriptors; the first wait that sees
/// a report notes it for all subscriptions and interrupts.
#pragma once

#include "base/opening_process.hpp"
#include "device/backend.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace openbar {

class EventSubscription;

/// `no`: an unlimited wait for one interrupt does not look at the watch, and is one system call
/// instead of two.
enum class EndsEveryWait : bool { no, yes };

/// Thread-safe once it is set up.
class DeviceWatch final : public Departure {
public:
    /// Makes the descriptor of `error` or `removal_requested` signalled.
    using Trigger = std::function<Result<void>(DeviceEvent)>;

    DeviceWatch(EndsEveryWait ends_every_wait, Trigger trigger)
        : ends_every_wait_(ends_every_wait), trigger_(std::move(trigger)) {}
    [[nodiscard]] bool ends_every_wait() const noexcept {
        return ends_every_wait_ == EndsEveryWait::yes;
    }

    /// A descriptor that stays signalled once the device goes. It reports `event`, and ends waits for
    /// interrupts with `removed`. At most two, in the order of their events.
    void add_departure(WaitHandle signal, DeviceEvent event, const char* meaning);
    /// A non-blocking eventfd that counts the errors which the device reports.
    void add_errors(int eventfd);

    WaitHandles handles() const noexcept override;
    Result<bool> check(std::span<const WaitHandle> signalled) override;

    /// An interrupt of the device: its next wait returns the error that the device reports.
    class Listener {
    public:
        virtual void note_error() noexcept = 0;

    protected:
        ~Listener() = default;
    };
    void add(Listener& listener);
    void remove(Listener& listener) noexcept;  ///< nothing in a forked child

    /// `keeps` keeps this object. Errors: resource_exhausted.
    [[nodiscard]] Result<std::unique_ptr<EventSource>> subscribe(
        std::shared_ptr<const Backend> keeps);
    /// An event that this program causes.
    void report(DeviceEvent event);
    /// Error: unsupported.
    [[nodiscard]] Result<void> trigger(DeviceEvent event) const;

private:
    friend class EventSubscription;
    struct Going {
        WaitHandle signal;
        DeviceEvent event;
        const char* meaning;
        bool noted = false;
    };

    /// Looks at the descriptors without waiting.
    void look();
    void note(Going& going);
    void note_errors();
    void note_for_all(DeviceEvent event);

    EndsEveryWait ends_every_wait_;
    Trigger trigger_;
    OpeningProcess process_;  // the others' locks may be held for good in a forked child
    std::vector<Going> going_;
    int errors_ = -1;
    std::mutex mutex_;  // over `noted`, the two below, and what subscriptions have pending
    std::vector<Listener*> listeners_;
    std::vector<EventSubscription*> subscriptions_;
};

}  // namespace openbar
