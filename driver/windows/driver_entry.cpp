// How the driver comes into the system: loaded once, then given one device after the other.
#include "driver/windows/function_device.hpp"
#include "driver/windows/support/pool.hpp"

#include <new>

namespace openbar::windows {
namespace {

constexpr GUID interface_class = OPENBAR_DEVICE_INTERFACE_GUID;

void NTAPI unload(DRIVER_OBJECT*) {
    PsSetCreateProcessNotifyRoutine(all_devices::process_notify, TRUE);
}

void discard(DEVICE_OBJECT* object) {
    FunctionDevice& device = FunctionDevice::of(object);
    if (device.lower != nullptr) IoDetachDevice(device.lower);
    device.release();
    IoDeleteDevice(object);
}

}  // namespace

NTSTATUS NTAPI add_device(DRIVER_OBJECT* driver, DEVICE_OBJECT* physical) {
    DEVICE_OBJECT* object = nullptr;
    NTSTATUS status = IoCreateDevice(driver, sizeof(FunctionDevice), nullptr, FILE_DEVICE_UNKNOWN,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &object);
    if (!NT_SUCCESS(status)) return status;
    auto& device = *new (object->DeviceExtension) FunctionDevice(object, physical);
    if (!device.is_complete()) {
        discard(object);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = IoRegisterDeviceInterface(physical, &interface_class, nullptr, &device.interface_name);
    if (!NT_SUCCESS(status)) {
        discard(object);
        return status;
    }
    device.lower = IoAttachDeviceToDeviceStack(object, physical);
    if (device.lower == nullptr) {
        discard(object);
        return STATUS_NO_SUCH_DEVICE;
    }
    all_devices::add(device);
    // Power requests come at PASSIVE_LEVEL, where the core can take mappings away.
    object->Flags |= DO_POWER_PAGABLE;
    object->Flags &= ~static_cast<ULONG>(DO_DEVICE_INITIALIZING);
    return STATUS_SUCCESS;
}

}  // namespace openbar::windows

extern "C" NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT* object, UNICODE_STRING*) {
    using namespace openbar::windows;
    choose_pool();
    all_devices::initialize();
    const NTSTATUS status = PsSetCreateProcessNotifyRoutine(all_devices::process_notify, FALSE);
    if (!NT_SUCCESS(status)) return status;

    object->DriverUnload = unload;
    object->DriverExtension->AddDevice = add_device;
    object->MajorFunction[IRP_MJ_PNP] = dispatch_pnp;
    object->MajorFunction[IRP_MJ_POWER] = dispatch_power;
    object->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = dispatch_system_control;
    object->MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    object->MajorFunction[IRP_MJ_CLEANUP] = dispatch_cleanup;
    object->MajorFunction[IRP_MJ_CLOSE] = dispatch_close;
    object->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_device_control;
    return STATUS_SUCCESS;
}

// What the compiler calls for a function that does not exist: a bug that no program can cause.
extern "C" void __cxa_pure_virtual() {
    constexpr ULONG driver_is_at_fault = 0x000000E2;  // MANUALLY_INITIATED_CRASH
    KeBugCheckEx(driver_is_at_fault, 0, 0, 0, 0);
}
