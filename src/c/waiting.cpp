// Events of a device, and waits for several events and interrupts.
#include "openbar/wait_any.hpp"

#include "c/handles.hpp"
#include "c/last_error.hpp"
#include "c/structures.hpp"
#include "c/timeout.hpp"

#include <span>
#include <vector>

namespace openbar::c {
namespace {

static_assert(static_cast<int>(DeviceEvent::power_down) == OPENBAR_POWER_DOWN);
static_assert(static_cast<int>(DeviceEvent::removal_requested) == OPENBAR_REMOVAL_REQUESTED);
static_assert(static_cast<int>(DeviceEvent::error) == OPENBAR_DEVICE_ERROR);

Result<void> subscribe(openbar_device handle, openbar_events* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    OPENBAR_TRY(events, opened->device.events());
    *out = handles::add(std::make_shared<Subscription>(Subscription{std::move(events)}));
    return {};
}

Result<void> next_event(openbar_events handle, std::uint64_t timeout, std::uint32_t* out) {
    OPENBAR_TRY(subscription, handles::find<Subscription>(handle));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    OPENBAR_TRY(event, subscription->events.wait(timeout_from(timeout)));
    *out = static_cast<std::uint32_t>(event);
    return {};
}

Result<void> trigger_event(openbar_events handle, std::uint32_t event) {
    OPENBAR_TRY(subscription, handles::find<Subscription>(handle));
    if (event > OPENBAR_DEVICE_ERROR)
        return failure(ErrorCode::invalid_argument, fmt::format("there is no event {}", event));
    return subscription->events.trigger(static_cast<DeviceEvent>(event));
}

Result<void> cancel(openbar_handle handle) {
    OPENBAR_TRY(object, handles::find_any(handle));
    if (auto* vector = std::get_if<std::shared_ptr<EnabledVector>>(&object))
        (*vector)->interrupt.cancel();
    else if (auto* subscription = std::get_if<std::shared_ptr<Subscription>>(&object))
        (*subscription)->events.cancel();
    else
        return failure(ErrorCode::invalid_argument,
                       fmt::format("the handle is that of a {}", handles::kind_of(object)),
                       "pass the handle of an interrupt or of events");
    return {};
}

Result<Waitable> waitable_from(Object& object) {
    if (auto* vector = std::get_if<std::shared_ptr<EnabledVector>>(&object))
        return Waitable((*vector)->interrupt);
    if (auto* subscription = std::get_if<std::shared_ptr<Subscription>>(&object))
        return Waitable((*subscription)->events);
    return failure(ErrorCode::invalid_argument,
                   fmt::format("a handle is that of a {}", handles::kind_of(object)),
                   "pass handles of interrupts and of events");
}

Result<void> wait_for_any(std::span<const openbar_handle> given, std::uint64_t timeout,
                          openbar_ready* ready, std::uint32_t* ready_count) {
    std::vector<Object> objects;  // they stay alive during the wait
    std::vector<Waitable> list;
    for (const openbar_handle handle : given) {
        OPENBAR_TRY(object, handles::find_any(handle));
        OPENBAR_TRY(waitable, waitable_from(object));
        objects.push_back(std::move(object));
        list.push_back(waitable);
    }
    OPENBAR_TRY(fired, wait_any(std::span<const Waitable>(list), timeout_from(timeout)));
    for (const Ready& one : fired) *ready++ = {static_cast<std::uint32_t>(one.index), 0, one.count};
    *ready_count = static_cast<std::uint32_t>(fired.size());
    return {};
}

}  // namespace
}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_subscribe(openbar_device device, openbar_events* events) {
    return call("subscribe to the events of a device", [&] { return subscribe(device, events); });
}

openbar_code openbar_next_event(openbar_events events, uint64_t timeout, uint32_t* event) {
    return call("wait for an event", [&] { return next_event(events, timeout, event); });
}

openbar_code openbar_trigger_event(openbar_events events, uint32_t event) {
    return call("trigger an event", [&] { return trigger_event(events, event); });
}

openbar_code openbar_events_get_native_handle(openbar_events events, intptr_t* native) {
    return call("get the native handle of events", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(subscription, handles::find<Subscription>(events));
        return give_value(native, (intptr_t)subscription->events.native_handle());
    });
}

openbar_code openbar_cancel(openbar_handle interrupt_or_events) {
    return call("cancel a wait", [&] { return cancel(interrupt_or_events); });
}

openbar_code openbar_wait_any(const openbar_handle* interrupts_and_events, uint32_t count,
                              uint64_t timeout, openbar_ready* ready, uint32_t* ready_count) {
    return call("wait for any of a list", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(checked, check_pointer(interrupts_and_events, "the list of handles"));
        OPENBAR_TRY(checked_ready, check_pointer(ready, "the list of those that fired"));
        OPENBAR_TRY(checked_count, check_pointer(ready_count, "the pointer to the count"));
        return wait_for_any({interrupts_and_events, count}, timeout, ready, ready_count);
    });
}
