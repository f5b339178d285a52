// At which level which routine may be called, and what raises it.
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

constexpr const char* acquire_name = "KeAcquireSpinLockRaiseToDpc";
constexpr const char* acquire_at_dpc_name = "KeAcquireSpinLockAtDpcLevel";

KIRQL NTAPI acquire_spin_lock(KSPIN_LOCK* lock) {
    require_at_most(DISPATCH_LEVEL, acquire_name);
    const auto before = static_cast<KIRQL>(hardware_irql());
    kernels<KIRQL(NTAPI*)(KSPIN_LOCK*)>(acquire_name)(lock);
    hardware_set_irql(DISPATCH_LEVEL);
    hardware_add_spin_locks(1);
    return before;
}

void NTAPI release_spin_lock(KSPIN_LOCK* lock, KIRQL before) {
    require_at_most(DISPATCH_LEVEL, "KeReleaseSpinLock");
    require_at_least(DISPATCH_LEVEL, "KeReleaseSpinLock");
    kernels<void(NTAPI*)(KSPIN_LOCK*, KIRQL)>("KeReleaseSpinLock")(lock, before);
    if (hardware_add_spin_locks(-1) < 0)
        hardware_complain("KeReleaseSpinLock", "of a lock that is not held, locks", -1);
    hardware_set_irql(before);
}

void NTAPI acquire_at_dpc(KSPIN_LOCK* lock) {
    require_at_least(DISPATCH_LEVEL, acquire_at_dpc_name);
    kernels<void(NTAPI*)(KSPIN_LOCK*)>(acquire_at_dpc_name)(lock);
    hardware_add_spin_locks(1);
}

void NTAPI release_from_dpc(KSPIN_LOCK* lock) {
    require_at_least(DISPATCH_LEVEL, "KeReleaseSpinLockFromDpcLevel");
    kernels<void(NTAPI*)(KSPIN_LOCK*)>("KeReleaseSpinLockFromDpcLevel")(lock);
    if (hardware_add_spin_locks(-1) < 0)
        hardware_complain("KeReleaseSpinLockFromDpcLevel", "of a lock that is not held, locks", -1);
}

void NTAPI enter_region() {
    require_at_most(APC_LEVEL, "KeEnterCriticalRegion");
    hardware_add_critical_regions(1);
}

void NTAPI leave_region() {
    require_at_most(APC_LEVEL, "KeLeaveCriticalRegion");
    if (hardware_add_critical_regions(-1) < 0)
        hardware_complain("KeLeaveCriticalRegion", "without having entered one, regions", -1);
}

DEVICE_OBJECT* NTAPI attached_device(DEVICE_OBJECT* device) {
    require_at_most(DISPATCH_LEVEL, "IoGetAttachedDeviceReference");
    object_references.take();
    return kernels<DEVICE_OBJECT*(NTAPI*)(DEVICE_OBJECT*)>("IoGetAttachedDeviceReference")(device);
}

NTSTATUS NTAPI create_device(DRIVER_OBJECT* driver, ULONG extension, UNICODE_STRING* name,
                             DEVICE_TYPE type, ULONG characteristics, BOOLEAN exclusive,
                             DEVICE_OBJECT** device) {
    require_at_most(APC_LEVEL, "IoCreateDevice");
    const auto create = kernels<decltype(&IoCreateDevice)>("IoCreateDevice");
    const NTSTATUS status =
        create(driver, extension, name, type, characteristics, exclusive, device);
    if (NT_SUCCESS(status)) devices.take();
    return status;
}

void NTAPI delete_device(DEVICE_OBJECT* device) {
    require_at_most(APC_LEVEL, "IoDeleteDevice");
    devices.give_back();
    kernels<decltype(&IoDeleteDevice)>("IoDeleteDevice")(device);
}

PIO_WORKITEM NTAPI allocate_work_item(DEVICE_OBJECT* device) {
    require_at_most(DISPATCH_LEVEL, "IoAllocateWorkItem");
    if (has_no_memory()) return nullptr;
    const PIO_WORKITEM item = kernels<decltype(&IoAllocateWorkItem)>("IoAllocateWorkItem")(device);
    if (item != nullptr) work_items.take();
    return item;
}

void NTAPI free_work_item(PIO_WORKITEM item) {
    require_at_most(DISPATCH_LEVEL, "IoFreeWorkItem");
    work_items.give_back();
    kernels<decltype(&IoFreeWorkItem)>("IoFreeWorkItem")(item);
}

NTSTATUS NTAPI open_device_key(DEVICE_OBJECT* device, ULONG kind, ACCESS_MASK access,
                               HANDLE* handle) {
    require_at_most(PASSIVE_LEVEL, "IoOpenDeviceRegistryKey");
    const auto open = kernels<decltype(&IoOpenDeviceRegistryKey)>("IoOpenDeviceRegistryKey");
    const NTSTATUS status = open(device, kind, access, handle);
    if (NT_SUCCESS(status)) registry_handles.take();
    return status;
}

NTSTATUS NTAPI close_handle(HANDLE handle) {
    require_at_most(PASSIVE_LEVEL, "ZwClose");
    registry_handles.give_back();
    return kernels<decltype(&ZwClose)>("ZwClose")(handle);
}

}  // namespace
}  // namespace openbar::stand_in

OPENBAR_STANDS_IN(KeAcquireSpinLockRaiseToDpc, openbar::stand_in::acquire_spin_lock)
OPENBAR_STANDS_IN(KeReleaseSpinLock, openbar::stand_in::release_spin_lock)
OPENBAR_STANDS_IN(KeAcquireSpinLockAtDpcLevel, openbar::stand_in::acquire_at_dpc)
OPENBAR_STANDS_IN(KeReleaseSpinLockFromDpcLevel, openbar::stand_in::release_from_dpc)
OPENBAR_STANDS_IN(KeEnterCriticalRegion, openbar::stand_in::enter_region)
OPENBAR_STANDS_IN(KeLeaveCriticalRegion, openbar::stand_in::leave_region)
OPENBAR_STANDS_IN(IoGetAttachedDeviceReference, openbar::stand_in::attached_device)
OPENBAR_STANDS_IN(IoCreateDevice, openbar::stand_in::create_device)
OPENBAR_STANDS_IN(IoDeleteDevice, openbar::stand_in::delete_device)
OPENBAR_STANDS_IN(IoAllocateWorkItem, openbar::stand_in::allocate_work_item)
OPENBAR_STANDS_IN(IoFreeWorkItem, openbar::stand_in::free_work_item)
OPENBAR_STANDS_IN(IoOpenDeviceRegistryKey, openbar::stand_in::open_device_key)
OPENBAR_STANDS_IN(ZwClose, openbar::stand_in::close_handle)

OPENBAR_CHECKS(IoAttachDeviceToDeviceStack, DISPATCH_LEVEL)
OPENBAR_CHECKS(IoBuildSynchronousFsdRequest, PASSIVE_LEVEL)
OPENBAR_CHECKS(IoDetachDevice, PASSIVE_LEVEL)
OPENBAR_CHECKS(IoInitializeRemoveLockEx, PASSIVE_LEVEL)
OPENBAR_CHECKS(IoQueueWorkItem, DISPATCH_LEVEL)
OPENBAR_CHECKS(IoRegisterDeviceInterface, PASSIVE_LEVEL)
OPENBAR_CHECKS(IoSetDeviceInterfaceState, PASSIVE_LEVEL)
OPENBAR_CHECKS(KeClearEvent, DISPATCH_LEVEL)
OPENBAR_CHECKS(KeDelayExecutionThread, APC_LEVEL)
OPENBAR_CHECKS(KeSetEvent, DISPATCH_LEVEL)
OPENBAR_CHECKS(KeWaitForSingleObject, APC_LEVEL)
OPENBAR_CHECKS(RtlFreeUnicodeString, PASSIVE_LEVEL)
OPENBAR_CHECKS(ZwQueryValueKey, PASSIVE_LEVEL)
