// Requests: each is completed once, by whoever has it, with nothing left to cancel it by.
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

/// Requests of programs that the driver has, and those that were completed last.
struct Pended {
    IRP* irp;
    UCHAR major;
};
constexpr ULONG most_pended = 4096;
Pended pended[most_pended];
ULONG pended_end = 0;  ///< nothing is behind it
constexpr ULONG most_done = 256;
IRP* done[most_done];
ULONG next_done = 0;
volatile LONG busy = 0;

class Guard {
public:
    Guard() {
        while (InterlockedCompareExchange(&busy, 1, 0) != 0) YieldProcessor();
    }
    ~Guard() { InterlockedExchange(&busy, 0); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
};

/// Of others than programs' the drivers below have their share.
bool is_programs(UCHAR major) {
    return major == IRP_MJ_CREATE || major == IRP_MJ_CLOSE || major == IRP_MJ_CLEANUP ||
           major == IRP_MJ_DEVICE_CONTROL;
}

/// False: it has been completed before, and must not be touched.
bool completes(IRP* irp) {
    Guard guard;
    for (ULONG index = 0; index < pended_end; ++index)
        if (pended[index].irp == irp) pended[index].irp = nullptr;
    while (pended_end != 0 && pended[pended_end - 1].irp == nullptr) --pended_end;
    for (const IRP* before : done)
        if (before == irp) return false;
    done[next_done] = irp;
    next_done = (next_done + 1) % most_done;
    return true;
}

void check_result(IRP* irp) {
    if (irp->CancelRoutine != nullptr)
        hardware_complain("IoCompleteRequest", "with a cancel routine set, major function",
                          IoGetCurrentIrpStackLocation(irp)->MajorFunction);
    if (irp->IoStatus.Status == STATUS_PENDING)
        hardware_complain("IoCompleteRequest", "with STATUS_PENDING, major function",
                          IoGetCurrentIrpStackLocation(irp)->MajorFunction);
    const IO_STACK_LOCATION* stack = IoGetCurrentIrpStackLocation(irp);
    if (stack->MajorFunction != IRP_MJ_DEVICE_CONTROL) return;
    const auto& asked = stack->Parameters.DeviceIoControl;
    if ((asked.IoControlCode & 3) == METHOD_BUFFERED && !NT_ERROR(irp->IoStatus.Status) &&
        irp->IoStatus.Information > asked.OutputBufferLength)
        hardware_complain("IoCompleteRequest", "more bytes than the output has room for",
                          static_cast<long long>(irp->IoStatus.Information));
}

void FASTCALL complete(IRP* irp, CCHAR boost) {
    require_at_most(DISPATCH_LEVEL, "IoCompleteRequest");
    if (const int locks = hardware_add_spin_locks(0); locks != 0)
        hardware_complain("IoCompleteRequest", "with spin locks held,", locks);
    // MULTIPLE_IRP_COMPLETE_REQUESTS: completed before, or beyond the last of its drivers already.
    if (!completes(irp) || irp->CurrentLocation > irp->StackCount) {
        InterlockedIncrement(&double_completions);
        return hardware_complain("IoCompleteRequest", "twice, times", double_completions);
    }
    check_result(irp);
    kernels<void(FASTCALL*)(IRP*, UCHAR)>("IofCompleteRequest")(irp, static_cast<UCHAR>(boost));
}

NTSTATUS NTAPI acquire_remove_lock(IO_REMOVE_LOCK* lock, void* tag, PCSTR file, ULONG line,
                                   ULONG size) {
    require_at_most(DISPATCH_LEVEL, "IoAcquireRemoveLock");
    const auto acquire = kernels<decltype(&IoAcquireRemoveLockEx)>("IoAcquireRemoveLockEx");
    const NTSTATUS status = acquire(lock, tag, file, line, size);
    if (NT_SUCCESS(status)) remove_locks.take();
    return status;
}

void NTAPI release_remove_lock(IO_REMOVE_LOCK* lock, void* tag, ULONG size) {
    require_at_most(DISPATCH_LEVEL, "IoReleaseRemoveLock");
    remove_locks.give_back();
    kernels<decltype(&IoReleaseRemoveLockEx)>("IoReleaseRemoveLockEx")(lock, tag, size);
}

void NTAPI release_remove_lock_and_wait(IO_REMOVE_LOCK* lock, void* tag, ULONG size) {
    require_at_most(PASSIVE_LEVEL, "IoReleaseRemoveLockAndWait");
    remove_locks.give_back();
    const auto wait =
        kernels<decltype(&IoReleaseRemoveLockAndWaitEx)>("IoReleaseRemoveLockAndWaitEx");
    wait(lock, tag, size);
}

void NTAPI release_cancel_lock(KIRQL before) {
    kernels<decltype(&IoReleaseCancelSpinLock)>("IoReleaseCancelSpinLock")(before);
}

}  // namespace

volatile LONG double_completions = 0;

void request_comes(IRP* irp, UCHAR major) {
    Guard guard;
    // The same memory, but another request.
    for (IRP*& before : done)
        if (before == irp) before = nullptr;
    if (!is_programs(major)) return;
    ULONG place = 0;
    while (place < pended_end && pended[place].irp != nullptr) ++place;
    if (place == most_pended) return;
    pended[place] = {irp, major};
    if (place == pended_end) ++pended_end;
}

LONG requests_pended() {
    Guard guard;
    LONG count = 0;
    for (ULONG index = 0; index < pended_end; ++index)
        if (pended[index].irp != nullptr) ++count;
    return count;
}

NTSTATUS call_dispatch(PDRIVER_DISPATCH routine, DEVICE_OBJECT* device, IRP* irp) {
    const UCHAR major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;
    const uint32_t level = hardware_irql();
    const int locks = hardware_add_spin_locks(0);
    const int regions = hardware_add_critical_regions(0);
    void* attached = hardware_attached();
    request_comes(irp, major);
    const NTSTATUS status = routine(device, irp);
    if (hardware_irql() != level)
        hardware_complain("dispatch routine", "returned at another IRQL, major function", major);
    if (hardware_add_spin_locks(0) != locks)
        hardware_complain("dispatch routine", "returned with a spin lock, major function", major);
    if (hardware_add_critical_regions(0) != regions)
        hardware_complain("dispatch routine", "returned in a critical region, major function",
                          major);
    if (hardware_attached() != attached)
        hardware_complain("dispatch routine", "returned attached to a process, major function",
                          major);
    hardware_set_irql(level);
    return status;
}

}  // namespace openbar::stand_in

OPENBAR_STANDS_IN(IofCompleteRequest, openbar::stand_in::complete)
OPENBAR_STANDS_IN(IoAcquireRemoveLockEx, openbar::stand_in::acquire_remove_lock)
OPENBAR_STANDS_IN(IoReleaseRemoveLockEx, openbar::stand_in::release_remove_lock)
OPENBAR_STANDS_IN(IoReleaseRemoveLockAndWaitEx, openbar::stand_in::release_remove_lock_and_wait)
OPENBAR_STANDS_IN(IoReleaseCancelSpinLock, openbar::stand_in::release_cancel_lock)
