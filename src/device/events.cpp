#include "openbar/events.hpp"

#include "device/backend.hpp"
#include "device/wait.hpp"

#include <fmt/format.h>

#include <ostream>

namespace openbar {

std::string_view to_string(DeviceEvent event) noexcept {
    switch (event) {
        case DeviceEvent::power_down: return "power_down";
        case DeviceEvent::power_up: return "power_up";
        case DeviceEvent::mappings_revoked: return "mappings_revoked";
        case DeviceEvent::removal_requested: return "removal_requested";
        case DeviceEvent::removed: return "removed";
        case DeviceEvent::reset: return "reset";
        case DeviceEvent::error: return "error";
    }
    return "unknown";
}

std::ostream& operator<<(std::ostream& out, DeviceEvent event) {
    return out << to_string(event);
}

Events::Events(std::unique_ptr<EventSource> source) noexcept : source_(std::move(source)) {}
Events::Events(Events&&) noexcept = default;
Events& Events::operator=(Events&&) noexcept = default;
Events::~Events() = default;

Result<DeviceEvent> Events::wait(Timeout timeout, std::stop_token stop) {
    return wait_for(*source_, timeout.nanoseconds(), stop)
        .transform([&](std::uint64_t) { return source_->next(); })
        .attempting([&] { return "wait for " + source_->name(); });
}
void Events::cancel() noexcept {
    source_->cancel();
}
Result<void> Events::trigger(DeviceEvent event) {
    return source_->trigger(event).attempting(
        [&] { return fmt::format("trigger {} of {}", to_string(event), source_->name()); });
}
Interrupt::NativeHandle Events::native_handle() const noexcept {
    return source_->native_handle();
}

}  // namespace openbar
