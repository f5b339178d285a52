// Where the image begins: the driver's own entry, and then a hand on what Windows would send it.
#include "tests/wine/stand_ins/faults.hpp"
#include "tests/wine/stand_ins/hardware_control.h"
#include "tests/wine/stand_ins/hardware_resources.hpp"
#include "tests/wine/stand_ins/kernel_rules.hpp"

extern "C" NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT* object, UNICODE_STRING* service_key);

namespace openbar::stand_in {
namespace {

PDRIVER_ADD_DEVICE drivers_add_device = nullptr;
PDRIVER_DISPATCH drivers[IRP_MJ_MAXIMUM_FUNCTION + 1];

void NTAPI hold_bus(void*) {
    bus_interfaces.take();
}
void NTAPI let_bus_go(void*) {
    bus_interfaces.give_back();
}

ULONG NTAPI get_bus_data(void*, ULONG, void* bytes, ULONG offset, ULONG length) {
    return hardware_read_configuration(offset, bytes, length);
}

ULONG NTAPI set_bus_data(void*, ULONG, void* bytes, ULONG offset, ULONG length) {
    return hardware_write_configuration(offset, bytes, length);
}

NTSTATUS finish(IRP* irp, NTSTATUS status, ULONG_PTR count = 0) {
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = count;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

NTSTATUS answer_interface(IRP* irp, const IO_STACK_LOCATION* stack) {
    auto* bus =
        reinterpret_cast<BUS_INTERFACE_STANDARD*>(stack->Parameters.QueryInterface.Interface);
    *bus = {};
    bus->Size = sizeof *bus;
    bus->Version = 1;
    bus->InterfaceReference = hold_bus;
    bus->InterfaceDereference = let_bus_go;
    bus_interfaces.take();  // whoever asks for it is its first user
    bus->SetBusData = set_bus_data;
    bus->GetBusData = get_bus_data;
    return finish(irp, STATUS_SUCCESS);
}

NTSTATUS NTAPI pnp(DEVICE_OBJECT* device, IRP* irp) {
    IO_STACK_LOCATION* stack = IoGetCurrentIrpStackLocation(irp);
    if (stack->MinorFunction == IRP_MN_QUERY_INTERFACE) {
        request_comes(irp, IRP_MJ_PNP);
        if (given == Given::fixed) return finish(irp, STATUS_NOT_SUPPORTED);
        return answer_interface(irp, stack);
    }
    if (stack->MinorFunction == IRP_MN_START_DEVICE) {
        stack->Parameters.StartDevice.AllocatedResources = assigned_resources(false);
        stack->Parameters.StartDevice.AllocatedResourcesTranslated = assigned_resources(true);
        hardware_decode(1);
    }
    return call_dispatch(drivers[IRP_MJ_PNP], device, irp);
}

NTSTATUS NTAPI add_device(DRIVER_OBJECT* driver, DEVICE_OBJECT* physical) {
    physical_device = physical;
    return drivers_add_device(driver, physical);
}

NTSTATUS NTAPI create(DEVICE_OBJECT* device, IRP* irp) {
    watch_current_process();
    return call_dispatch(drivers[IRP_MJ_CREATE], device, irp);
}

// Wine sends no cleanup; on Windows it comes with the last handle, before the close.
NTSTATUS NTAPI close(DEVICE_OBJECT* device, IRP* irp) {
    FILE_OBJECT* file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    send(device, IRP_MJ_CLEANUP, 0, [&](IO_STACK_LOCATION* stack) { stack->FileObject = file; });
    return call_dispatch(drivers[IRP_MJ_CLOSE], device, irp);
}

NTSTATUS NTAPI other(DEVICE_OBJECT* device, IRP* irp) {
    return call_dispatch(drivers[IoGetCurrentIrpStackLocation(irp)->MajorFunction], device, irp);
}

NTSTATUS send_power(DEVICE_OBJECT* device, POWER_STATE_TYPE type, POWER_STATE state) {
    return send(device, IRP_MJ_POWER, IRP_MN_SET_POWER, [&](IO_STACK_LOCATION* stack) {
        stack->Parameters.Power.Type = type;
        stack->Parameters.Power.State = state;
    });
}

struct Command {
    DEVICE_OBJECT* device;
    uint32_t number;
    NTSTATUS status;
};

NTSTATUS send_pnp(const Command& command, UCHAR minor) {
    return send(command.device, IRP_MJ_PNP, minor, [](IO_STACK_LOCATION*) {});
}

NTSTATUS send_device_power(const Command& command, DEVICE_POWER_STATE wanted) {
    POWER_STATE state{};
    state.DeviceState = wanted;
    if (wanted == PowerDeviceD0) InterlockedIncrement(&waking);
    const uint64_t start = hardware_milliseconds();
    const NTSTATUS status = send_power(command.device, DevicePowerState, state);
    if (wanted == PowerDeviceD0) InterlockedDecrement(&waking);
    const uint64_t took = hardware_milliseconds() - start;
    if (took > worst_case::longest_power / 1'000'000)
        hardware_complain("IRP_MN_SET_POWER", "waited, milliseconds", static_cast<long long>(took));
    return status;
}

NTSTATUS send_system_power(const Command& command, SYSTEM_POWER_STATE wanted) {
    POWER_STATE state{};
    state.SystemState = wanted;
    return send_power(command.device, SystemPowerState, state);
}

NTSTATUS query_capabilities(const Command& command) {
    DEVICE_CAPABILITIES capabilities{};
    send(command.device, IRP_MJ_PNP, IRP_MN_QUERY_CAPABILITIES, [&](IO_STACK_LOCATION* stack) {
        stack->Parameters.DeviceCapabilities.Capabilities = &capabilities;
    });
    return capabilities.SurpriseRemovalOK ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

NTSTATUS start_wrongly(const Command& command, WrongRange how) {
    wrong_range = how;
    const NTSTATUS status = send_pnp(command, IRP_MN_START_DEVICE);
    wrong_range = WrongRange::none;
    return status;
}

NTSTATUS carry_out(const Command& command) {
    switch (command.number) {
        case STAND_IN_REPORT:
        case STAND_IN_WORST: return STATUS_SUCCESS;
        case STAND_IN_QUERY_STOP: return send_pnp(command, IRP_MN_QUERY_STOP_DEVICE);
        case STAND_IN_CANCEL_STOP: return send_pnp(command, IRP_MN_CANCEL_STOP_DEVICE);
        case STAND_IN_STOP: {
            const NTSTATUS status = send_pnp(command, IRP_MN_STOP_DEVICE);
            hardware_decode(0);
            return status;
        }
        case STAND_IN_START: return send_pnp(command, IRP_MN_START_DEVICE);
        case STAND_IN_CAPABILITIES: return query_capabilities(command);
        case STAND_IN_START_IN_RAM: return start_wrongly(command, WrongRange::in_ram);
        case STAND_IN_START_WRAPPING: return start_wrongly(command, WrongRange::wraps);
        case STAND_IN_START_EMPTY: return start_wrongly(command, WrongRange::empty);
        case STAND_IN_START_BEYOND_PORTS: return start_wrongly(command, WrongRange::beyond_ports);
        case STAND_IN_START_IN_CONFIGURATION_SPACE:
            return start_wrongly(command, WrongRange::configuration_space);
        case STAND_IN_START_ON_KEYBOARD: return start_wrongly(command, WrongRange::keyboard);
        case STAND_IN_QUERY_REMOVE: return send_pnp(command, IRP_MN_QUERY_REMOVE_DEVICE);
        case STAND_IN_CANCEL_REMOVE: return send_pnp(command, IRP_MN_CANCEL_REMOVE_DEVICE);
        case STAND_IN_SURPRISE_REMOVAL:
            hardware_unplug();
            return send_pnp(command, IRP_MN_SURPRISE_REMOVAL);
        case STAND_IN_DEVICE_SLEEP: return send_device_power(command, PowerDeviceD3);
        case STAND_IN_DEVICE_WAKE: return send_device_power(command, PowerDeviceD0);
        case STAND_IN_SYSTEM_SLEEP: return send_system_power(command, PowerSystemSleeping3);
        case STAND_IN_SYSTEM_WAKE: return send_system_power(command, PowerSystemWorking);
        default:
            return commit_fault(command.device, command.number - STAND_IN_FAULT)
                       ? STATUS_SUCCESS
                       : STATUS_INVALID_PARAMETER;
    }
}

void in_system_thread(void* context) {
    auto* command = static_cast<Command*>(context);
    command->status = carry_out(*command);
}

NTSTATUS NTAPI control(DEVICE_OBJECT* device, IRP* irp) {
    const IO_STACK_LOCATION* stack = IoGetCurrentIrpStackLocation(irp);
    const auto& asked = stack->Parameters.DeviceIoControl;
    if (asked.IoControlCode != STAND_IN_CONTROL)
        return call_dispatch(drivers[IRP_MJ_DEVICE_CONTROL], device, irp);
    request_comes(irp, IRP_MJ_DEVICE_CONTROL);
    if (asked.InputBufferLength < sizeof(uint32_t) ||
        asked.OutputBufferLength != sizeof(stand_in_answer))
        return finish(irp, STATUS_INVALID_PARAMETER);
    if (asked.InputBufferLength == sizeof(stand_in_worst)) {
        const auto& wanted = *static_cast<stand_in_worst*>(irp->AssociatedIrp.SystemBuffer);
        worst.set_all(wanted.switches, wanted.seed);
    }
    Command command{device, *static_cast<uint32_t*>(irp->AssociatedIrp.SystemBuffer), 0};
    // Windows sends them in a thread of the system's, never in that of a program.
    hardware_in_system_thread(in_system_thread, &command);
    stand_in_answer answer{};
    answer.status = static_cast<uint32_t>(command.status);
    answer.double_completions = static_cast<uint32_t>(double_completions);
    answer.pool_blocks = pool_blocks;
    answer.dma_address_bits = static_cast<uint32_t>(dma_address_bits);
    answer.memory_lists = memory_lists.count;
    answer.object_references = object_references.count;
    hardware_get_report(&answer.hardware);
    RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, &answer, sizeof answer);
    return finish(irp, STATUS_SUCCESS, sizeof answer);
}

}  // namespace

DEVICE_OBJECT* physical_device = nullptr;
constinit worst_case::Worst worst;
volatile LONG waking = 0;

}  // namespace openbar::stand_in

extern "C" NTSTATUS NTAPI StandInDriverEntry(DRIVER_OBJECT* object, UNICODE_STRING* service_key) {
    using namespace openbar::stand_in;
    hardware_create(given == Given::network ? HARDWARE_NETWORK_CARD : HARDWARE_EDU);
    const NTSTATUS status = DriverEntry(object, service_key);
    if (!NT_SUCCESS(status)) return status;
    drivers_add_device = object->DriverExtension->AddDevice;
    object->DriverExtension->AddDevice = add_device;
    drivers_unload = object->DriverUnload;
    object->DriverUnload = unload;
    RtlCopyMemory(drivers, object->MajorFunction, sizeof drivers);
    object->MajorFunction[IRP_MJ_CREATE] = create;
    object->MajorFunction[IRP_MJ_CLOSE] = close;
    object->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    object->MajorFunction[IRP_MJ_PNP] = pnp;
    object->MajorFunction[IRP_MJ_CLEANUP] = other;
    object->MajorFunction[IRP_MJ_POWER] = other;
    object->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = other;
    return STATUS_SUCCESS;
}
