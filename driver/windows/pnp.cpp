// Plug and play: a device comes, gets its resources, gives them back for a while, and goes.
#include "driver/windows/function_device.hpp"
#include "driver/windows/resources.hpp"
#include "driver/windows/support/irp.hpp"

namespace openbar::windows {
namespace {

using driver::Status;

void set_interface(FunctionDevice& device, bool enabled) {
    if (device.interface_enabled == enabled) return;
    IoSetDeviceInterfaceState(&device.interface_name, enabled ? TRUE : FALSE);
    device.interface_enabled = enabled;
}

/// The drivers below have started the device; now this one may touch it.
NTSTATUS start(FunctionDevice& device, const IO_STACK_LOCATION* stack) {
    const auto& lists = stack->Parameters.StartDevice;
    AssignedResources assigned;
    assigned.core.kind = device_kind;
    assigned.core.permit = &image_permit;
    if (!read_resources(lists.AllocatedResources, lists.AllocatedResourcesTranslated, assigned))
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    if (device_kind == driver::DeviceKind::pci_function)
        read_location(device.physical, assigned.core);
    const driver::Settings settings = read_settings(device.physical);
    // No adapter where the administrator allows no DMA, nor for a device that has no registers.
    WindowsKernel::Dma dma = WindowsKernel::Dma::none;
    if (settings.dma_policy == OPENBAR_DMA_ON && assigned.core.range_count != 0)
        dma = has_wide_addresses(device.physical) ? WindowsKernel::Dma::wide
                                                  : WindowsKernel::Dma::narrow;
    device.kernel.acquire_hardware(device.self, device.physical, device.lower, assigned.interrupts,
                                   dma);
    const Status status = device.core->start(assigned.core, settings);
    if (status != Status::ok) {
        device.kernel.release_hardware();
        return static_cast<NTSTATUS>(ntstatus(status));
    }
    POWER_STATE on{};
    on.DeviceState = PowerDeviceD0;
    PoSetPowerState(device.self, DevicePowerState, on);
    device.kernel.power_requests().set_state(PowerDeviceD0);
    set_interface(device, true);
    return STATUS_SUCCESS;
}

NTSTATUS finish(FunctionDevice& device, IRP* irp, NTSTATUS status) {
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    device.remove_lock.release(irp);
    return status;
}

NTSTATUS pass(FunctionDevice& device, IRP* irp) {
    const NTSTATUS status = pass_down(device, irp);
    device.remove_lock.release(irp);
    return status;
}

/// The drivers below are asked only when this one agrees.
NTSTATUS agree(FunctionDevice& device, IRP* irp, Status status) {
    if (status != Status::ok) return finish(device, irp, static_cast<NTSTATUS>(ntstatus(status)));
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass(device, irp);
}

NTSTATUS start_after_those_below(FunctionDevice& device, IRP* irp, const IO_STACK_LOCATION* stack) {
    NTSTATUS status = pass_down_and_wait(device, irp);
    if (NT_SUCCESS(status)) status = start(device, stack);
    return finish(device, irp, status);
}

/// A query is called off. Nobody may refuse that; those below go on first.
NTSTATUS go_on(FunctionDevice& device, IRP* irp, void (driver::Device::*cancel)()) {
    irp->IoStatus.Status = STATUS_SUCCESS;
    pass_down_and_wait(device, irp);
    (device.core->*cancel)();
    return finish(device, irp, STATUS_SUCCESS);
}

/// Everything is taken back on a surprise removal: Windows need not warn about it. Said after the
/// drivers below have filled the structure in.
NTSTATUS query_capabilities(FunctionDevice& device, IRP* irp, const IO_STACK_LOCATION* stack) {
    const NTSTATUS status = pass_down_and_wait(device, irp);
    if (NT_SUCCESS(status))
        stack->Parameters.DeviceCapabilities.Capabilities->SurpriseRemovalOK = TRUE;
    return finish(device, irp, status);
}

NTSTATUS stop(FunctionDevice& device, IRP* irp) {
    device.core->stop();
    device.kernel.release_hardware();
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass(device, irp);
}

NTSTATUS surprise_remove(FunctionDevice& device, IRP* irp) {
    set_interface(device, false);
    device.core->surprise_remove();
    device.kernel.release_hardware();
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass(device, irp);
}

NTSTATUS remove(FunctionDevice& device, IRP* irp) {
    set_interface(device, false);
    // Requests that wait for the device are given up first, since each of them holds the lock.
    device.core->stop();
    device.remove_lock.release_and_wait(irp);
    device.core->remove();
    device.kernel.release_hardware();
    all_devices::remove(device);

    irp->IoStatus.Status = STATUS_SUCCESS;
    const NTSTATUS status = pass_down(device, irp);
    IoDetachDevice(device.lower);
    // Handles that are still open keep the object, and with it the extension, until they are
    // closed.
    DEVICE_OBJECT* self = device.self;
    device.release();
    IoDeleteDevice(self);
    return status;
}

}  // namespace

NTSTATUS NTAPI dispatch_pnp(DEVICE_OBJECT* object, IRP* irp) {
    FunctionDevice& device = FunctionDevice::of(object);
    if (NTSTATUS status = device.remove_lock.acquire(irp); !NT_SUCCESS(status))
        return Request(irp).complete(status);
    const IO_STACK_LOCATION* stack = IoGetCurrentIrpStackLocation(irp);
    switch (stack->MinorFunction) {
        case IRP_MN_START_DEVICE: return start_after_those_below(device, irp, stack);
        case IRP_MN_QUERY_STOP_DEVICE: return agree(device, irp, device.core->query_stop());
        case IRP_MN_CANCEL_STOP_DEVICE: return go_on(device, irp, &driver::Device::cancel_stop);
        case IRP_MN_STOP_DEVICE: return stop(device, irp);
        case IRP_MN_QUERY_REMOVE_DEVICE: return agree(device, irp, device.core->query_remove());
        case IRP_MN_CANCEL_REMOVE_DEVICE: return go_on(device, irp, &driver::Device::cancel_remove);
        case IRP_MN_SURPRISE_REMOVAL: return surprise_remove(device, irp);
        case IRP_MN_REMOVE_DEVICE: return remove(device, irp);
        case IRP_MN_QUERY_CAPABILITIES: return query_capabilities(device, irp, stack);
        case IRP_MN_DEVICE_USAGE_NOTIFICATION:
            // No paging file can be behind a driver whose own requests may wait for one.
            return finish(device, irp, STATUS_UNSUCCESSFUL);
        default: return pass(device, irp);
    }
}

}  // namespace openbar::windows
