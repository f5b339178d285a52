/// Events of a whole device: removal, reset, an error that the device reports, sleep of the machine.
///
///     auto events = device.events().value();
///     device.reset().value();
///     std::cout << events.wait(1s).value() << "\n";        // prints reset
///
/// Interrupts and events fit into one wait:
///
///     auto done = device.vector(0).value();
///     auto events = device.events().value();
///     device.reset().value();
///     auto ready = openbar::wait_any({done, events}, 1s).value();
///     if (ready[0].index == 1 && events.wait(0s) == openbar::DeviceEvent::removal_requested)
///         return;                                           // and close the device
///
/// The back end determines which events there are. The back ends that are not listed report none.
///
/// | event               | vfio                      | vfio_user         | sim                |
/// | ------------------- | ------------------------- | ----------------- | ------------------ |
/// | `removal_requested` | unbind, unplug            | the server ends   | `fault=removed`    |
/// | `removed`           | waits until you close it  | the server ended  | -                  |
/// | `reset`             | by this program           | by this program   | by this program    |
/// | `error`             | PCI Express AER           | the card's        | `fault=error`      |
///
/// Sources: vfio_pci_core_request and vfio_pci_core_aer_err_detected in
/// drivers/vfio/pci/vfio_pci_core.c of the Linux kernel. The Windows driver reports no events yet.
#pragma once

#include "openbar/interrupt.hpp"
#include "openbar/result.hpp"
#include "openbar/timeout.hpp"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <stop_token>
#include <string_view>

namespace openbar {

class EventSource;

enum class DeviceEvent : std::uint8_t {
    power_down,         ///< it is about to lose power: finish, and do not access mappings
    power_up,           ///< it has power again, and its registers have the values after a reset
    mappings_revoked,   ///< mappings no longer reach the device: map again
    removal_requested,  ///< the system waits until this program has closed the device
    removed,            ///< the device has gone: close it
    reset,              ///< the device was reset: set it up again
    error,              ///< the device has reported an error that it cannot correct: reset it
};

/// "power_down", "removal_requested", …
std::string_view to_string(DeviceEvent event) noexcept;
std::ostream& operator<<(std::ostream& out, DeviceEvent event);

/// A subscription to the events of one device: `Device::events`. Several subscriptions are
/// independent; each receives all events since it was made. It keeps its device open.
///
/// Thread-safety: as `Interrupt`.
class Events {
public:
    Events(Events&&) noexcept;
    Events& operator=(Events&&) noexcept;
    ~Events();

    /// Waits for the next event and takes it, in the order of the events. An event that occurs again
    /// before it was taken is returned once. `stop` as in `Interrupt::wait`. Errors: timed_out;
    /// cancelled; busy (another thread waits for it); removed (after the event `removed`); io.
    [[nodiscard]] Result<DeviceEvent> wait(Timeout timeout, std::stop_token stop = {});

    /// Makes the current `wait`, or else the next one, return `cancelled`.
    void cancel() noexcept;

    /// Fires `error` or `removal_requested` from software, to test the program. Waits for interrupts
    /// end as if the device had fired it; after `removal_requested` all of them end until the device
    /// is opened again. Error: unsupported (other events; `error` of a conventional PCI device).
    [[nodiscard]] Result<void> trigger(DeviceEvent event);

    /// Readable (Linux) or signalled (Windows) while there is an event to take. Owned by this object.
    [[nodiscard]] Interrupt::NativeHandle native_handle() const noexcept;

private:
    friend class Device;
    friend class Waitable;
    explicit Events(std::unique_ptr<EventSource> source) noexcept;

    std::unique_ptr<EventSource> source_;
};

}  // namespace openbar
