// Requests that wait, and how Windows takes them back: the cancel routine of an IRP.
#include "driver/windows/windows_kernel.hpp"

namespace openbar::windows {
namespace {

// Where the cancel routine, which is given the IRP alone, finds the rest.
driver::PendedRequest*& pended_of(IRP* irp) {
    return reinterpret_cast<driver::PendedRequest*&>(irp->Tail.Overlay.DriverContext[0]);
}
driver::Device*& core_of(IRP* irp) {
    return reinterpret_cast<driver::Device*&>(irp->Tail.Overlay.DriverContext[1]);
}

void NTAPI on_cancel(DEVICE_OBJECT*, IRP* irp) {
    driver::PendedRequest& pended = *pended_of(irp);
    driver::Device& core = *core_of(irp);
    // Whoever swaps the routine out owns the IRP; the system-wide lock has done its part.
    IoReleaseCancelSpinLock(irp->CancelIrql);
    core.cancel(pended);
}

}  // namespace

bool WindowsKernel::make_cancellable(driver::PendedRequest& pended) {
    auto* irp = static_cast<IRP*>(pended.irp);
    pended_of(irp) = &pended;
    core_of(irp) = core_;
    IoMarkIrpPending(irp);
    IoSetCancelRoutine(irp, on_cancel);
    // Cancelled before there was a routine to call? Then nobody will call it any more, unless the
    // canceller took it out in between, which makes it his.
    return !irp->Cancel || IoSetCancelRoutine(irp, nullptr) == nullptr;
}

bool WindowsKernel::claim(driver::PendedRequest& pended) {
    return IoSetCancelRoutine(static_cast<IRP*>(pended.irp), nullptr) != nullptr;
}

void WindowsKernel::complete(driver::PendedRequest& pended) {
    auto* irp = static_cast<IRP*>(pended.irp);
    irp->IoStatus.Status = static_cast<NTSTATUS>(ntstatus(pended.status));
    irp->IoStatus.Information = pended.produced;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    remove_lock_.release(irp);
}

}  // namespace openbar::windows
