/// One device as this driver sees it: the device extension of its function device object.
///
/// From the top: programs open `self` through the device interface; the core decides what they get;
/// `lower` leads through whatever drivers are below to `physical`, which the bus driver made.
#pragma once

#include "driver/core/device.hpp"
#include "driver/windows/support/ntddk.hpp"
#include "driver/windows/support/remove_lock.hpp"
#include "driver/windows/windows_kernel.hpp"

namespace openbar::windows {

/// What this binary drives: decided when it was linked, so that the PCI driver cannot be talked
/// into taking addresses from an INF.
extern const driver::DeviceKind device_kind;
/// What it may drive: filled in after it was linked, by `openbar inf`. Volatile, so that the compiler
/// takes nothing for decided.
extern const volatile openbar_permit image_permit;

struct FunctionDevice {
    FunctionDevice(DEVICE_OBJECT* self_object, DEVICE_OBJECT* physical_object);
    FunctionDevice(const FunctionDevice&) = delete;
    FunctionDevice& operator=(const FunctionDevice&) = delete;
    ~FunctionDevice();
    /// Whether there was memory for all of it.
    [[nodiscard]] bool is_complete() const {
        return core != nullptr && waking != nullptr && sleeping != nullptr;
    }

    static FunctionDevice& of(DEVICE_OBJECT* object) {
        return *static_cast<FunctionDevice*>(object->DeviceExtension);
    }

    /// Kept by plug and play until removal, and by each open handle; the last one to release ends
    /// it.
    void reference() { InterlockedIncrement(&references); }
    void release() {
        if (InterlockedDecrement(&references) == 0) this->~FunctionDevice();
    }

    volatile LONG references = 1;
    DEVICE_OBJECT* self;
    DEVICE_OBJECT* physical;
    DEVICE_OBJECT* lower = nullptr;
    RemoveLock remove_lock;
    WindowsKernel kernel;
    driver::Device* core = nullptr;
    PIO_WORKITEM waking = nullptr;    ///< kept for requests that may not fail
    PIO_WORKITEM sleeping = nullptr;  ///< likewise
    volatile LONG is_waking = 0;
    UNICODE_STRING interface_name{};
    bool interface_enabled = false;
    LIST_ENTRY siblings{};  ///< in the list of all devices
};

/// All devices of this driver, for news that come without one: a process ends.
namespace all_devices {
void initialize();
void add(FunctionDevice& device);
void remove(FunctionDevice& device);
/// PsSetCreateProcessNotifyRoutine: runs in the context of the process that ends.
void NTAPI process_notify(HANDLE parent, HANDLE process, BOOLEAN created);
}  // namespace all_devices

/// Passes a request on to the drivers below and forgets about it.
NTSTATUS pass_down(FunctionDevice& device, IRP* irp);
/// Passes it on and waits until they are done; then it is this driver's to complete. PASSIVE_LEVEL.
NTSTATUS pass_down_and_wait(FunctionDevice& device, IRP* irp);

// The dispatch routines, by the folder's files.
NTSTATUS NTAPI add_device(DRIVER_OBJECT* driver, DEVICE_OBJECT* physical);
NTSTATUS NTAPI dispatch_pnp(DEVICE_OBJECT* object, IRP* irp);
NTSTATUS NTAPI dispatch_power(DEVICE_OBJECT* object, IRP* irp);
NTSTATUS NTAPI dispatch_system_control(DEVICE_OBJECT* object, IRP* irp);
NTSTATUS NTAPI dispatch_create(DEVICE_OBJECT* object, IRP* irp);
NTSTATUS NTAPI dispatch_cleanup(DEVICE_OBJECT* object, IRP* irp);
NTSTATUS NTAPI dispatch_close(DEVICE_OBJECT* object, IRP* irp);
NTSTATUS NTAPI dispatch_device_control(DEVICE_OBJECT* object, IRP* irp);

}  // namespace openbar::windows
