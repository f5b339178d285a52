#include "driver/windows/configuration_bus.hpp"

namespace openbar::windows {
namespace {

// wdmguid.h: GUID_BUS_INTERFACE_STANDARD.
constexpr GUID bus_interface_standard = {
    0x496b8280, 0x6f25, 0x11d0, {0xbe, 0xaf, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};

NTSTATUS query_interface(DEVICE_OBJECT* lower, BUS_INTERFACE_STANDARD& bus) {
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IO_STATUS_BLOCK result{};
    DEVICE_OBJECT* top = IoGetAttachedDeviceReference(lower);
    IRP* irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, top, nullptr, 0, nullptr, &done, &result);
    if (irp == nullptr) {
        ObDereferenceObject(top);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IO_STACK_LOCATION* stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_PNP;
    stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
    stack->Parameters.QueryInterface.InterfaceType = &bus_interface_standard;
    stack->Parameters.QueryInterface.Size = sizeof bus;
    stack->Parameters.QueryInterface.Version = 1;
    stack->Parameters.QueryInterface.Interface = reinterpret_cast<PINTERFACE>(&bus);
    stack->Parameters.QueryInterface.InterfaceSpecificData = nullptr;
    // What nobody answers keeps this status.
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    NTSTATUS status = IoCallDriver(top, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr);
        status = result.Status;
    }
    ObDereferenceObject(top);
    return status;
}

}  // namespace

void ConfigurationBus::acquire(DEVICE_OBJECT* lower) {
    release();
    BUS_INTERFACE_STANDARD bus{};
    if (NT_SUCCESS(query_interface(lower, bus)) && bus.GetBusData != nullptr) bus_ = bus;
}

void ConfigurationBus::release() {
    if (bus_.InterfaceDereference != nullptr) bus_.InterfaceDereference(bus_.Context);
    bus_ = {};
}

bool ConfigurationBus::read(ULONG offset, void* bytes, ULONG length) {
    if (bus_.GetBusData == nullptr) return false;
    return bus_.GetBusData(bus_.Context, PCI_WHICHSPACE_CONFIG, bytes, offset, length) == length;
}

bool ConfigurationBus::write(ULONG offset, const void* bytes, ULONG length) {
    if (bus_.SetBusData == nullptr) return false;
    return bus_.SetBusData(bus_.Context, PCI_WHICHSPACE_CONFIG, const_cast<void*>(bytes), offset,
                           length) == length;
}

}  // namespace openbar::windows
