// Power: Windows reports the state of the system; this driver, which owns the policy of its device,
// asks for the state of the device that fits, and informs the core before it goes and after it is
// back.
#include "driver/windows/function_device.hpp"
#include "driver/windows/support/irp.hpp"

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

// Setting the system's state cannot fail. Where there is no memory for a request to the device, the
// core is told without one: the power goes anyway.
void NTAPI sleep_core(DEVICE_OBJECT* object, void* context) {
    FunctionDevice& device = FunctionDevice::of(object);
    device.core->power_down();
    device.kernel.power_requests().set_state(PowerDeviceD3);
    finish(device, static_cast<IRP*>(context), STATUS_SUCCESS);
}

bool sets_power(IRP* irp) {
    return IoGetCurrentIrpStackLocation(irp)->MinorFunction == IRP_MN_SET_POWER;
}
bool is_working(IRP* irp) {
    return IoGetCurrentIrpStackLocation(irp)->Parameters.Power.State.SystemState ==
           PowerSystemWorking;
}

// The system's request ends with the device's, so that the system does not sleep before the device.
void NTAPI on_device_state(DEVICE_OBJECT*, UCHAR, POWER_STATE, void* context,
                           IO_STATUS_BLOCK* result) {
    auto* irp = static_cast<IRP*>(context);
    auto& device = *static_cast<FunctionDevice*>(irp->Tail.Overlay.DriverContext[0]);
    finish(device, irp, sets_power(irp) ? STATUS_SUCCESS : result->Status);
}

NTSTATUS NTAPI on_system_state_below(DEVICE_OBJECT*, IRP* irp, void* context) {
    auto& device = *static_cast<FunctionDevice*>(context);
    if (!NT_SUCCESS(irp->IoStatus.Status)) {
        PoStartNextPowerIrp(irp);
        device.remove_lock.release(irp);
        return STATUS_CONTINUE_COMPLETION;
    }
    PowerRequests& power = device.kernel.power_requests();
    if (sets_power(irp) && is_working(irp)) power.set_system_sleeps(false);
    POWER_STATE wanted{};
    wanted.DeviceState = is_working(irp) ? PowerDeviceD0 : PowerDeviceD3;
    irp->Tail.Overlay.DriverContext[0] = &device;
    const NTSTATUS status =
        PoRequestPowerIrp(device.physical, IoGetCurrentIrpStackLocation(irp)->MinorFunction, wanted,
                          on_device_state, irp, nullptr);
    if (status == STATUS_PENDING) return STATUS_MORE_PROCESSING_REQUIRED;
    if (!sets_power(irp))
        finish(device, irp, status);
    else if (is_working(irp))
        finish(device, irp, STATUS_SUCCESS);  // whoever wants the device wakes it
    else
        IoQueueWorkItem(device.sleeping, sleep_core, DelayedWorkQueue, irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS system_state(FunctionDevice& device, IRP* irp) {
    if (sets_power(irp) && !is_working(irp)) device.kernel.power_requests().set_system_sleeps(true);
    IoMarkIrpPending(irp);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, on_system_state_below, &device, TRUE, TRUE, TRUE);
    PoCallDriver(device.lower, irp);
    return STATUS_PENDING;
}

void NTAPI wake_core(DEVICE_OBJECT* object, void* context) {
    FunctionDevice& device = FunctionDevice::of(object);
    device.kernel.power_requests().set_state(PowerDeviceD0);
    POWER_STATE on{};
    on.DeviceState = PowerDeviceD0;
    PoSetPowerState(device.self, DevicePowerState, on);
    device.core->power_up();
    InterlockedExchange(&device.is_waking, 0);
    finish(device, static_cast<IRP*>(context), STATUS_SUCCESS);
}

// The core wants PASSIVE_LEVEL, which a completion routine cannot promise.
NTSTATUS NTAPI on_powered_below(DEVICE_OBJECT*, IRP* irp, void* context) {
    auto& device = *static_cast<FunctionDevice*>(context);
    if (NT_SUCCESS(irp->IoStatus.Status)) {
        IoQueueWorkItem(device.waking, wake_core, DelayedWorkQueue, irp);
        return STATUS_MORE_PROCESSING_REQUIRED;
    }
    InterlockedExchange(&device.is_waking, 0);
    PoStartNextPowerIrp(irp);
    device.remove_lock.release(irp);
    return STATUS_CONTINUE_COMPLETION;
}

// Nothing is allocated here: a request to return to D0 cannot fail.
NTSTATUS power_up(FunctionDevice& device, IRP* irp) {
    // Windows sends one after the other. Another stack may not.
    if (InterlockedExchange(&device.is_waking, 1) != 0) return pass_on(device, irp);
    IoMarkIrpPending(irp);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, on_powered_below, &device, TRUE, TRUE, TRUE);
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
