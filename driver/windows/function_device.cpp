#include "driver/windows/function_device.hpp"

namespace openbar::windows {
namespace {

constexpr ULONG tag = 'lRBO';

NTSTATUS NTAPI on_done_below(DEVICE_OBJECT*, IRP* irp, void* context) {
    if (irp->PendingReturned) KeSetEvent(static_cast<KEVENT*>(context), IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// Made by `initialize`, because a driver has no constructors run for it.
struct List {
    KSPIN_LOCK lock;
    LIST_ENTRY devices;
} list;

class ListGuard {
public:
    ListGuard() { KeAcquireSpinLock(&list.lock, &before_); }
    ~ListGuard() { KeReleaseSpinLock(&list.lock, before_); }
    ListGuard(const ListGuard&) = delete;
    ListGuard& operator=(const ListGuard&) = delete;

private:
    KIRQL before_ = 0;
};

/// A device in which that process owns something, kept from going away; null: there is none.
DEVICE_OBJECT* device_owned_by(driver::Process process) {
    ListGuard guard;
    for (LIST_ENTRY* link = list.devices.Flink; link != &list.devices; link = link->Flink) {
        FunctionDevice& device = *CONTAINING_RECORD(link, FunctionDevice, siblings);
        if (!device.core->owns(process)) continue;
        device.reference();
        ObReferenceObject(device.self);
        return device.self;
    }
    return nullptr;
}

}  // namespace

FunctionDevice::FunctionDevice(DEVICE_OBJECT* self_object, DEVICE_OBJECT* physical_object)
    : self(self_object), physical(physical_object), remove_lock(tag), kernel(remove_lock) {
    core = driver::Device::create(kernel);
    kernel.set_core(core);
    waking = IoAllocateWorkItem(self);
    sleeping = IoAllocateWorkItem(self);
}

FunctionDevice::~FunctionDevice() {
    if (core != nullptr) driver::Device::destroy(core);
    if (waking != nullptr) IoFreeWorkItem(waking);
    if (sleeping != nullptr) IoFreeWorkItem(sleeping);
    if (interface_name.Buffer != nullptr) RtlFreeUnicodeString(&interface_name);
}

namespace all_devices {

void initialize() {
    KeInitializeSpinLock(&list.lock);
    InitializeListHead(&list.devices);
}

void add(FunctionDevice& device) {
    ListGuard guard;
    InsertTailList(&list.devices, &device.siblings);
}

void remove(FunctionDevice& device) {
    ListGuard guard;
    RemoveEntryList(&device.siblings);
}

// Every exit of a process on the machine passes here. One that owns nothing takes spin locks and goes;
// an owner's is not worked on under the list's lock.
void NTAPI process_notify(HANDLE, HANDLE, BOOLEAN created) {
    if (created) return;
    const driver::Process process = IoGetCurrentProcess();
    while (DEVICE_OBJECT* object = device_owned_by(process)) {
        FunctionDevice& device = FunctionDevice::of(object);
        device.core->process_exited(process);
        device.release();
        ObDereferenceObject(object);
    }
}

}  // namespace all_devices

NTSTATUS pass_down(FunctionDevice& device, IRP* irp) {
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(device.lower, irp);
}

NTSTATUS pass_down_and_wait(FunctionDevice& device, IRP* irp) {
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, on_done_below, &done, TRUE, TRUE, TRUE);
    NTSTATUS status = IoCallDriver(device.lower, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr);
        status = irp->IoStatus.Status;
    }
    return status;
}

}  // namespace openbar::windows
