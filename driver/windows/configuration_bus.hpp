/// The configuration space of the device, through the interface that its bus driver hands out.
///
/// BUS_INTERFACE_STANDARD serves it at any IRQL up to DIRQL, where a request to the bus driver
/// would have to wait.
#pragma once

#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

class ConfigurationBus {
public:
    ConfigurationBus() = default;
    ConfigurationBus(const ConfigurationBus&) = delete;
    ConfigurationBus& operator=(const ConfigurationBus&) = delete;
    ~ConfigurationBus() { release(); }

    /// Asks the drivers below for the interface; without one, `read` and `write` return false.
    /// PASSIVE_LEVEL.
    void acquire(DEVICE_OBJECT* lower);
    void release();

    /// False where the bus did not do all of it. Any IRQL up to DIRQL.
    bool read(ULONG offset, void* bytes, ULONG length);
    bool write(ULONG offset, const void* bytes, ULONG length);

private:
    BUS_INTERFACE_STANDARD bus_{};
};

}  // namespace openbar::windows
