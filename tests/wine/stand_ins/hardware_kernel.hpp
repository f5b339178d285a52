/// What the stand-ins for the kernel share: see tests/wine/hardware/hardware.h for the whole.
#pragma once

#include "driver/windows/support/ntddk.hpp"
#include "tests/wine/hardware/hardware.h"
#include "tests/worst_case/windows.hpp"

namespace openbar::stand_in {

/// What the driver is given: edu with messages or a line, a network card with a line, or edu's
/// registers and the board's ports as fixed ranges without a bus. Linked in by
/// hardware_messages.cpp and its siblings.
enum class Given { messages, line, network, fixed };
extern const Given given;
/// Of a fixed device: what is wrong with its ranges at the next start.
enum class WrongRange { none, in_ram, wraps, empty, beyond_ports, configuration_space, keyboard };
extern WrongRange wrong_range;

/// What this kernel does that it need not do: set by STAND_IN_WORST.
extern worst_case::Worst worst;

/// The kernel's own routine of that name, behind the one that stands in for it.
template <typename Function>
Function kernels(const char* name) {
    return reinterpret_cast<Function>(hardware_kernel_routine(name));
}

/// The device that the bus driver made, from AddDevice.
extern DEVICE_OBJECT* physical_device;
/// MmMapIoSpaceEx, which the driver looks up.
void* NTAPI map_io_ex(PHYSICAL_ADDRESS physical, SIZE_T length, ULONG protection);

/// ZwQuerySystemInformation, likewise.
NTSTATUS NTAPI query_system(ULONG what, void* answer, ULONG room, ULONG* returned);

/// IRP_MN_SET_POWER to D0 is under way.
extern volatile LONG waking;
inline bool has_no_memory() {
    return waking != 0 && worst.is(worst_case::Switch::no_memory_at_power_up);
}

/// Of the DMA adapter that the driver asked for last.
extern volatile LONG dma_address_bits;

/// The number of the process in whose context this runs.
uint32_t current_process_number();

/// Sends one request to the top of the stack and waits for it; `fill` sets what is special.
template <typename Fill>
NTSTATUS send(DEVICE_OBJECT* top, UCHAR major, UCHAR minor, Fill&& fill);

/// The process that has opened a handle is told to the driver when it ends.
void watch_current_process();

/// From hardware_power.cpp: what the bus driver does with a power request.
NTSTATUS power_at_bus(IRP* irp);

inline NTSTATUS NTAPI keep_request(DEVICE_OBJECT*, IRP* irp, void* context) {
    static_cast<void>(irp);
    KeSetEvent(static_cast<KEVENT*>(context), IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

template <typename Fill>
NTSTATUS send(DEVICE_OBJECT* top, UCHAR major, UCHAR minor, Fill&& fill) {
    IRP* irp = IoAllocateIrp(top->StackSize, FALSE);
    if (irp == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp->IoStatus.Status = major == IRP_MJ_PNP ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
    IO_STACK_LOCATION* stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = major;
    stack->MinorFunction = minor;
    fill(stack);
    IoSetCompletionRoutine(irp, keep_request, &done, TRUE, TRUE, TRUE);
    IoCallDriver(top, irp);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr);
    const NTSTATUS status = irp->IoStatus.Status;
    IoFreeIrp(irp);
    return status;
}

}  // namespace openbar::stand_in

/// Makes NAME of the driver's imports this function.
#define OPENBAR_STANDS_IN(NAME, FUNCTION)                                        \
    extern "C" {                                                                 \
    extern const void* const __imp_##NAME;                                       \
    const void* const __imp_##NAME = reinterpret_cast<const void*>(&(FUNCTION)); \
    }
