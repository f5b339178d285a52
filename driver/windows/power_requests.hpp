/// Asks the power manager to put the device into another state.
///
/// A driver may not simply do it: the request (an IRP) goes to the top of the device's stack and
/// comes by this driver's own dispatch routine, in which the core is told.
#pragma once

#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

class PowerRequests {
public:
    /// Of the device that the bus driver made.
    void describe(DEVICE_OBJECT* physical) { physical_ = physical; }

    /// The state that the device is in now; set by the dispatch routine.
    [[nodiscard]] DEVICE_POWER_STATE state() const { return state_; }
    void set_state(DEVICE_POWER_STATE state) { state_ = state; }

    /// From the request that the system sleeps until the one that it works.
    void set_system_sleeps(bool sleeps) { system_sleeps_ = sleeps; }

    /// STATUS_SUCCESS once the device is in D0. Also asked for while it is on its way to sleep: the
    /// power manager sends one request after the other. Not while the system sleeps: what it has put
    /// to sleep must stay so. PASSIVE_LEVEL.
    NTSTATUS wake();
    /// Asks for D3 and does not wait. PASSIVE_LEVEL.
    NTSTATUS let_sleep();

private:
    DEVICE_OBJECT* physical_ = nullptr;
    volatile DEVICE_POWER_STATE state_ = PowerDeviceD0;
    volatile bool system_sleeps_ = false;
};

}  // namespace openbar::windows
