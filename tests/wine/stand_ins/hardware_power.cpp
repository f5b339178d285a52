// Power: the manager that sends the requests, and the bus driver that carries them out.
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

struct PowerRequest {
    UCHAR minor;
    POWER_STATE state;
    PREQUEST_POWER_COMPLETE done;
    void* context;
};

void send_request(void* context) {
    auto* request = static_cast<PowerRequest*>(context);
    DEVICE_OBJECT* top = IoGetAttachedDeviceReference(physical_device);
    IO_STATUS_BLOCK result{};
    result.Status = send(top, IRP_MJ_POWER, request->minor, [&](IO_STACK_LOCATION* stack) {
        stack->Parameters.Power.Type = DevicePowerState;
        stack->Parameters.Power.State = request->state;
    });
    ObDereferenceObject(top);
    if (request->done != nullptr)
        request->done(physical_device, request->minor, request->state, request->context, &result);
    kernels<void(NTAPI*)(void*)>("ExFreePool")(request);
}

NTSTATUS NTAPI request_power(DEVICE_OBJECT*, UCHAR minor, POWER_STATE state,
                             PREQUEST_POWER_COMPLETE done, void* context, IRP** irp) {
    require_at_most(DISPATCH_LEVEL, "PoRequestPowerIrp");
    if (irp != nullptr) *irp = nullptr;
    if (worst.is(worst_case::Switch::power_requests_fail)) return STATUS_INSUFFICIENT_RESOURCES;
    using Allocate = PVOID(NTAPI*)(POOL_TYPE, SIZE_T, ULONG);
    auto* request = static_cast<PowerRequest*>(
        kernels<Allocate>("ExAllocatePoolWithTag")(NonPagedPool, sizeof(PowerRequest), 'rwoP'));
    if (request == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    *request = {minor, state, done, context};
    hardware_start_system_thread(send_request, request);
    return STATUS_PENDING;
}

POWER_STATE NTAPI set_state(DEVICE_OBJECT*, POWER_STATE_TYPE, POWER_STATE state) {
    require_at_most(DISPATCH_LEVEL, "PoSetPowerState");
    return state;
}
void NTAPI start_next(IRP*) {
    require_at_most(DISPATCH_LEVEL, "PoStartNextPowerIrp");
}

bool is_capabilities(DEVICE_OBJECT* device, IRP* irp) {
    const IO_STACK_LOCATION* stack = IoGetNextIrpStackLocation(irp);
    return device == physical_device && stack->MajorFunction == IRP_MJ_PNP &&
           stack->MinorFunction == IRP_MN_QUERY_CAPABILITIES;
}

/// As bus drivers do, it fills in the whole structure.
NTSTATUS capabilities_at_bus(IRP* irp) {
    *IoGetNextIrpStackLocation(irp)->Parameters.DeviceCapabilities.Capabilities = {};
    IoSetNextIrpStackLocation(irp);
    irp->IoStatus.Status = STATUS_SUCCESS;
    kernels<void(FASTCALL*)(IRP*, UCHAR)>("IofCompleteRequest")(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

NTSTATUS call_below(DEVICE_OBJECT* device, IRP* irp) {
    using Call = NTSTATUS(FASTCALL*)(DEVICE_OBJECT*, IRP*);
    if (device == physical_device && IoGetNextIrpStackLocation(irp)->MajorFunction == IRP_MJ_POWER)
        return power_at_bus(irp);
    if (is_capabilities(device, irp)) return capabilities_at_bus(irp);
    return kernels<Call>("IofCallDriver")(device, irp);
}

NTSTATUS FASTCALL call_driver(DEVICE_OBJECT* device, IRP* irp) {
    require_at_most(DISPATCH_LEVEL, "IoCallDriver");
    return call_below(device, irp);
}
NTSTATUS NTAPI po_call_driver(DEVICE_OBJECT* device, IRP* irp) {
    require_at_most(DISPATCH_LEVEL, "PoCallDriver");
    return call_below(device, irp);
}

NTSTATUS NTAPI device_property(DEVICE_OBJECT* device, DEVICE_REGISTRY_PROPERTY property,
                               ULONG length, void* buffer, ULONG* needed) {
    require_at_most(PASSIVE_LEVEL, "IoGetDeviceProperty");
    if (property == DevicePropertyBusNumber || property == DevicePropertyAddress) {
        *needed = sizeof(ULONG);
        if (length < sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
        // 00:04.0
        *static_cast<ULONG*>(buffer) = property == DevicePropertyAddress ? 4u << 16 : 0;
        return STATUS_SUCCESS;
    }
    using Property =
        NTSTATUS(NTAPI*)(DEVICE_OBJECT*, DEVICE_REGISTRY_PROPERTY, ULONG, void*, ULONG*);
    return kernels<Property>("IoGetDeviceProperty")(device, property, length, buffer, needed);
}

}  // namespace

NTSTATUS power_at_bus(IRP* irp) {
    const IO_STACK_LOCATION* stack = IoGetNextIrpStackLocation(irp);
    if (stack->MinorFunction == IRP_MN_SET_POWER &&
        stack->Parameters.Power.Type == DevicePowerState)
        hardware_power(stack->Parameters.Power.State.DeviceState == PowerDeviceD0);
    // As if the bus driver's own dispatch routine had completed it.
    IoSetNextIrpStackLocation(irp);
    irp->IoStatus.Status = STATUS_SUCCESS;
    kernels<void(FASTCALL*)(IRP*, UCHAR)>("IofCompleteRequest")(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

}  // namespace openbar::stand_in

OPENBAR_STANDS_IN(PoRequestPowerIrp, openbar::stand_in::request_power)
OPENBAR_STANDS_IN(PoSetPowerState, openbar::stand_in::set_state)
OPENBAR_STANDS_IN(PoStartNextPowerIrp, openbar::stand_in::start_next)
OPENBAR_STANDS_IN(PoCallDriver, openbar::stand_in::po_call_driver)
OPENBAR_STANDS_IN(IofCallDriver, openbar::stand_in::call_driver)
OPENBAR_STANDS_IN(IoGetDeviceProperty, openbar::stand_in::device_property)
