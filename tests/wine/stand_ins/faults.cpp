#include "tests/wine/stand_ins/faults.hpp"

#include "tests/wine/stand_ins/hardware_control.h"

namespace openbar::stand_in {
namespace {

constexpr ULONG tag = 'tluF';

/// As a driver would be called: behind the checks of its dispatch routines.
void dispatch(DEVICE_OBJECT* device, PDRIVER_DISPATCH routine) {
    IRP* irp = IoAllocateIrp(device->StackSize, FALSE);
    if (irp == nullptr) return;
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoSetCompletionRoutine(irp, keep_request, &done, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(irp);
    call_dispatch(routine, device, irp);
    // Requests that a fault never completes stay behind, as they would in Windows.
    if (irp->CurrentLocation > irp->StackCount) IoFreeIrp(irp);
}

NTSTATUS finish(IRP* irp) {
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI complete_twice(DEVICE_OBJECT*, IRP* irp) {
    finish(irp);
    return finish(irp);
}

void NTAPI never_called(DEVICE_OBJECT*, IRP*) {}

NTSTATUS NTAPI complete_cancellable(DEVICE_OBJECT*, IRP* irp) {
    IoSetCancelRoutine(irp, never_called);
    return finish(irp);
}

NTSTATUS NTAPI complete_as_pending(DEVICE_OBJECT*, IRP* irp) {
    irp->IoStatus.Status = STATUS_PENDING;
    return finish(irp);
}

NTSTATUS NTAPI complete_too_much(DEVICE_OBJECT*, IRP* irp) {
    irp->IoStatus.Information = 1;
    return finish(irp);
}

NTSTATUS NTAPI never_complete(DEVICE_OBJECT*, IRP*) {
    return STATUS_PENDING;
}

NTSTATUS NTAPI complete_with_lock(DEVICE_OBJECT*, IRP* irp) {
    KSPIN_LOCK lock;
    KIRQL before = 0;
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &before);
    finish(irp);
    KeReleaseSpinLock(&lock, before);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI return_raised(DEVICE_OBJECT*, IRP* irp) {
    KIRQL before = 0;
    finish(irp);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI return_with_lock(DEVICE_OBJECT*, IRP* irp) {
    static KSPIN_LOCK lock;
    KIRQL before = 0;
    finish(irp);
    KeAcquireSpinLock(&lock, &before);
    KeLowerIrql(before);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI return_in_region(DEVICE_OBJECT*, IRP* irp) {
    finish(irp);
    KeEnterCriticalRegion();
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI return_attached(DEVICE_OBJECT*, IRP* irp) {
    KAPC_STATE state;
    finish(irp);
    KeStackAttachProcess(reinterpret_cast<PKPROCESS>(PsInitialSystemProcess), &state);
    return STATUS_SUCCESS;
}

void call_at_dispatch_level() {
    KEVENT set;
    KeInitializeEvent(&set, NotificationEvent, TRUE);
    KIRQL before = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    KeWaitForSingleObject(&set, Executive, KernelMode, FALSE, nullptr);
    KeLowerIrql(before);
}

void NTAPI wait_in_dpc(KDPC*, void*, void*, void*) {
    KEVENT set;
    KeInitializeEvent(&set, NotificationEvent, TRUE);
    KeWaitForSingleObject(&set, Executive, KernelMode, FALSE, nullptr);
}

void call_in_dpc() {
    static KDPC dpc;
    KeInitializeDpc(&dpc, wait_in_dpc, nullptr);
    KeInsertQueueDpc(&dpc, nullptr, nullptr);
    KeFlushQueuedDpcs();
}

void take_dpc_lock_below() {
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLockAtDpcLevel(&lock);
    KeReleaseSpinLockFromDpcLevel(&lock);
}

void write_beyond_end() {
    auto* bytes = static_cast<volatile UCHAR*>(ExAllocatePoolWithTag(expected_pool(), 24, tag));
    bytes[24] = 1;
    ExFreePool(const_cast<UCHAR*>(bytes));
}

void take_executable_memory() {
    ExFreePool(ExAllocatePoolWithTag(NonPagedPool, 24, tag));
}

void free_twice() {
    void* memory = ExAllocatePoolWithTag(expected_pool(), 24, tag);
    ExFreePool(memory);
    ExFreePool(memory);
}

void write_after_free() {
    auto* bytes = static_cast<volatile UCHAR*>(ExAllocatePoolWithTag(expected_pool(), 24, tag));
    ExFreePool(const_cast<UCHAR*>(bytes));
    bytes[3] = 1;
}

MDL* list_of(void* address) {
    MDL* mdl = IoAllocateMdl(address, PAGE_SIZE, FALSE, FALSE, nullptr);
    MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

void* view_of_card() {
    hardware_resources assigned{};
    hardware_get_resources(&assigned);
    PHYSICAL_ADDRESS start{};
    start.QuadPart = static_cast<LONGLONG>(assigned.bar_start);
    return MmMapIoSpace(start, PAGE_SIZE, MmNonCached);
}

void unmap_in_wrong_process() {
    void* view = view_of_card();
    MDL* mdl = list_of(view);
    // Nothing is mapped there in this process.
    MmUnmapLockedPages(reinterpret_cast<void*>(ULONG_PTR{0x10000}), mdl);
    IoFreeMdl(mdl);
    MmUnmapIoSpace(view, PAGE_SIZE);
}

void map_executably() {
    void* view = view_of_card();
    MDL* mdl = list_of(view);
    MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmNonCached, nullptr, FALSE, NormalPagePriority);
    IoFreeMdl(mdl);
    MmUnmapIoSpace(view, PAGE_SIZE);
}

void leave_everything(DEVICE_OBJECT* device) {
    static IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, tag, 0, 0);
    IoAcquireRemoveLock(&lock, device);
    ExAllocatePoolWithTag(expected_pool(), 24, tag);
    list_of(view_of_card());
    ObReferenceObject(device);
    IoAllocateWorkItem(device);
    dispatch(device, never_complete);
}

bool interrupt_is_to_wait = false;

}  // namespace

bool commit_fault(DEVICE_OBJECT* device, uint32_t fault) {
    switch (fault) {
        case STAND_IN_FAULT_LEVEL: call_at_dispatch_level(); break;
        case STAND_IN_FAULT_LEVEL_IN_DPC: call_in_dpc(); break;
        case STAND_IN_FAULT_INTERRUPT: interrupt_is_to_wait = true; break;
        case STAND_IN_FAULT_DPC_LOCK_BELOW: take_dpc_lock_below(); break;
        case STAND_IN_FAULT_RETURN_RAISED: dispatch(device, return_raised); break;
        case STAND_IN_FAULT_RETURN_WITH_LOCK: dispatch(device, return_with_lock); break;
        case STAND_IN_FAULT_RETURN_IN_REGION: dispatch(device, return_in_region); break;
        case STAND_IN_FAULT_RETURN_ATTACHED: dispatch(device, return_attached); break;
        case STAND_IN_FAULT_COMPLETE_TWICE: dispatch(device, complete_twice); break;
        case STAND_IN_FAULT_COMPLETE_CANCELLABLE: dispatch(device, complete_cancellable); break;
        case STAND_IN_FAULT_COMPLETE_AS_PENDING: dispatch(device, complete_as_pending); break;
        case STAND_IN_FAULT_COMPLETE_TOO_MUCH: dispatch(device, complete_too_much); break;
        case STAND_IN_FAULT_COMPLETE_WITH_LOCK: dispatch(device, complete_with_lock); break;
        case STAND_IN_FAULT_BEYOND_END: write_beyond_end(); break;
        case STAND_IN_FAULT_FREE_TWICE: free_twice(); break;
        case STAND_IN_FAULT_EXECUTABLE_POOL: take_executable_memory(); break;
        case STAND_IN_FAULT_EXECUTABLE_MAPPING: map_executably(); break;
        case STAND_IN_FAULT_WRITE_AFTER_FREE: write_after_free(); break;
        case STAND_IN_FAULT_WRONG_PROCESS: unmap_in_wrong_process(); break;
        case STAND_IN_FAULT_LEAVE_EVERYTHING: leave_everything(device); break;
        default: return false;
    }
    return true;
}

void commit_fault_in_interrupt() {
    if (!interrupt_is_to_wait) return;
    interrupt_is_to_wait = false;
    // As much as it would be to signal an event there.
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
}

}  // namespace openbar::stand_in
