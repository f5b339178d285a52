/// A device object that programs open by name, and its name, gone together.
///
///     NamedDevice device;
///     NTSTATUS status = device.create(driver, literal(L"\\Device\\Example"),
///                                     literal(L"\\DosDevices\\Example"), DO_BUFFERED_IO);
///
/// For drivers that own no hardware. (A driver of hardware gets its device from plug and play and
/// offers a device interface, not a name.) PASSIVE_LEVEL.
#pragma once

#include "driver/windows/support/unicode_string.hpp"

namespace openbar::windows {

class NamedDevice {
public:
    NamedDevice() = default;
    NamedDevice(const NamedDevice&) = delete;
    NamedDevice& operator=(const NamedDevice&) = delete;
    ~NamedDevice() { remove(); }

    /// Makes the device and its link `\\.\name`; nothing stays of it where either fails. `transfer`
    /// is DO_BUFFERED_IO, DO_DIRECT_IO or 0 (neither), and applies to reads and writes only.
    NTSTATUS create(DRIVER_OBJECT* driver, UNICODE_STRING name, UNICODE_STRING link,
                    ULONG transfer) {
        NTSTATUS status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN,
                                         FILE_DEVICE_SECURE_OPEN, FALSE, &device_);
        if (!NT_SUCCESS(status)) return status;
        link_ = link;
        status = IoCreateSymbolicLink(&link_, &name);
        if (!NT_SUCCESS(status)) {
            IoDeleteDevice(device_);
            device_ = nullptr;
            return status;
        }
        device_->Flags |= transfer;
        device_->Flags &= ~static_cast<ULONG>(DO_DEVICE_INITIALIZING);
        return STATUS_SUCCESS;
    }

    void remove() {
        if (device_ == nullptr) return;
        IoDeleteSymbolicLink(&link_);
        IoDeleteDevice(device_);
        device_ = nullptr;
    }

    [[nodiscard]] DEVICE_OBJECT* object() const { return device_; }

private:
    DEVICE_OBJECT* device_ = nullptr;
    UNICODE_STRING link_{};
};

}  // namespace openbar::windows
