/// One subscription to a device's events. Its handle is readable while there is an event to take.
#pragma once

#include "backends/device_watch.hpp"
#include "base/file_descriptor.hpp"

#include <deque>
#include <memory>

namespace openbar {

/// The handle is an epoll descriptor over the descriptors of the watch and an eventfd for events that
/// were noted, so that it becomes readable before any wait has polled them. The lock of the watch
/// guards all members.
class EventSubscription final : public EventSource {
public:
    EventSubscription(DeviceWatch& watch, std::shared_ptr<const Backend> keeps)
        : watch_(watch), keeps_(std::move(keeps)) {}
    ~EventSubscription() override;

    [[nodiscard]] Result<void> create();
    [[nodiscard]] Result<void> watch_descriptor(const WaitHandle& signal);
    void leave_descriptor(int descriptor) noexcept;
    void add(DeviceEvent event);

    std::string name() const override;
    Result<void> prepare() override { return {}; }
    WaitHandles handles() const noexcept override {
        return WaitHandles(WaitHandle{epoll_.get(), POLLIN, 0});
    }
    Result<std::uint64_t> take(std::span<const WaitHandle> signalled) override;
    void cancel() noexcept override;
    Error timed_out(std::chrono::nanoseconds timeout) const override;
    DeviceEvent next() override;
    Result<void> trigger(DeviceEvent event) override { return watch_.trigger(event); }
    Interrupt::NativeHandle native_handle() const noexcept override { return epoll_.get(); }

private:
    /// Makes the handle readable exactly while `take` has something to return.
    void settle() noexcept;

    DeviceWatch& watch_;
    std::shared_ptr<const Backend> keeps_;
    FileDescriptor epoll_;
    Wake queued_;
    std::deque<DeviceEvent> pending_;
    bool cancelled_ = false;
    bool has_gone_ = false;
    bool is_subscribed_ = false;
    friend class DeviceWatch;
};

}  // namespace openbar
