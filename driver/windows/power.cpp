// Power: Windows tells the state of the system; this driver, which owns the policy of its device,
// asks for the state of the device that fits, and tells the core before it goes and after it is
// back.
#include "driver/windows/function_device.hpp"
#include "driver/windows/support/irp.hpp"
#include "driver/windows/support/pool.hpp"

namespace openbar::windows {
namespace {

NTSTATUS pass_on(FunctionDevice& device, IRP* irp) {
    PoStartNextPowerIrp(irp);
    IoSkipCurrentIrpStackLocation(irp);
    const NTSTATUS status = PoCallDriver(device.lower, irp);
    device.remove_lock.release(irp);
    return status;
}

void finish(FunctionDevice& device, IRP* irp, NTSTATUS status) {
    irp->IoStatus.Status = status;
    PoStartNextPowerIrp(irp);
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    device.remove_lock.release(irp);
}

// The system's request ends with the device's, so that the system does not sleep before the device.
void NTAPI on_device_state(DEVICE_OBJECT*, UCHAR, POWER_STATE, void* context,
                           IO_STATUS_BLOCK* result) {
    auto* irp = static_cast<IRP*>(context);
    auto& device = *static_cast<FunctionDevice*>(irp->Tail.Overlay.DriverContext[0]);
    finish(device, irp, result->Status);
}

NTSTATUS NTAPI on_system_state_below(DEVICE_OBJECT*, IRP* irp, void* context) {
    auto& device = *static_cast<FunctionDevice*>(context);
    if (!NT_SUCCESS(irp->IoStatus.Status)) {
        PoStartNextPowerIrp(irp);
        device.remove_lock.release(irp);
        return STATUS_CONTINUE_COMPLETION;
    }
    const IO_STACK_LOCATION* stack = IoGetCurrentIrpStackLocation(irp);
    POWER_STATE wanted{};
    wanted.DeviceState = stack->Parameters.Power.State.SystemState == PowerSystemWorking
                             ? PowerDeviceD0
                             : PowerDeviceD3;
    irp->Tail.Overlay.DriverContext[0] = &device;
    const NTSTATUS status = PoRequestPowerIrp(device.physical, stack->MinorFunction, wanted,
                                              on_device_state, irp, nullptr);
    if (status != STATUS_PENDING) finish(device, irp, status);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS system_state(FunctionDevice& device, IRP* irp) {
    IoMarkIrpPending(irp);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, on_system_state_below, &device, TRUE, TRUE, TRUE);
    PoCallDriver(device.lower, irp);
    return STATUS_PENDING;
}

constexpr ULONG tag = 'wPBO';

struct Waking {
    FunctionDevice* device;
    IRP* irp;
    PIO_WORKITEM item;
};

void NTAPI wake_core(DEVICE_OBJECT*, void* context) {
    auto* waking = static_cast<Waking*>(context);
    FunctionDevice& device = *waking->device;
    IRP* irp = waking->irp;
    IoFreeWorkItem(waking->item);
    ExFreePool(waking);
    device.kernel.power_requests().set_state(PowerDeviceD0);
    POWER_STATE on{};
    on.DeviceState = PowerDeviceD0;
    PoSetPowerState(device.self, DevicePowerState, on);
    device.core->power_up();
    finish(device, irp, STATUS_SUCCESS);
}

// The core wants PASSIVE_LEVEL, which a completion routine cannot promise.
NTSTATUS NTAPI on_powered_below(DEVICE_OBJECT*, IRP* irp, void* context) {
    auto* waking = static_cast<Waking*>(context);
    if (NT_SUCCESS(irp->IoStatus.Status)) {
        IoQueueWorkItem(waking->item, wake_core, DelayedWorkQueue, waking);
        return STATUS_MORE_PROCESSING_REQUIRED;
    }
    FunctionDevice& device = *waking->device;
    IoFreeWorkItem(waking->item);
    ExFreePool(waking);
    PoStartNextPowerIrp(irp);
    device.remove_lock.release(irp);
    return STATUS_CONTINUE_COMPLETION;
}

NTSTATUS power_up(FunctionDevice& device, IRP* irp) {
    auto* waking = static_cast<Waking*>(allocate_pool(sizeof(Waking), tag));
    PIO_WORKITEM item = IoAllocateWorkItem(device.self);
    if (waking == nullptr || item == nullptr) {
        if (waking != nullptr) ExFreePool(waking);
        if (item != nullptr) IoFreeWorkItem(item);
        finish(device, irp, STATUS_INSUFFICIENT_RESOURCES);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *waking = {&device, irp, item};
    IoMarkIrpPending(irp);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, on_powered_below, waking, TRUE, TRUE, TRUE);
    PoCallDriver(device.lower, irp);
    return STATUS_PENDING;
}

NTSTATUS device_state(FunctionDevice& device, IRP* irp, POWER_STATE wanted) {
    PowerRequests& power = device.kernel.power_requests();
    const bool is_on = power.state() == PowerDeviceD0;
    if (wanted.DeviceState == PowerDeviceD0) {
        if (!is_on) return power_up(device, irp);
    } else if (is_on) {
        device.core->power_down();
        PoSetPowerState(device.self, DevicePowerState, wanted);
        power.set_state(wanted.DeviceState);
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_on(device, irp);
}

}  // namespace

NTSTATUS NTAPI dispatch_power(DEVICE_OBJECT* object, IRP* irp) {
    FunctionDevice& device = FunctionDevice::of(object);
    if (NTSTATUS status = device.remove_lock.acquire(irp); !NT_SUCCESS(status)) {
        PoStartNextPowerIrp(irp);
        return Request(irp).complete(status);
    }
    const IO_STACK_LOCATION* stack = IoGetCurrentIrpStackLocation(irp);
    const auto& power = stack->Parameters.Power;
    const bool sets = stack->MinorFunction == IRP_MN_SET_POWER;
    if (power.Type == SystemPowerState && (sets || stack->MinorFunction == IRP_MN_QUERY_POWER))
        return system_state(device, irp);
    if (power.Type == DevicePowerState && sets) return device_state(device, irp, power.State);
    return pass_on(device, irp);
}

}  // namespace openbar::windows
