/// A buffer in kernel memory that programs read, write and let grow: the smallest driver with
/// state.
///
/// Buffered I/O throughout: the I/O manager copies what programs send into `system_buffer()` before
/// the driver sees it and copies the answer back afterwards, so no user address appears here.
#include "driver/samples/shared_buffer/contents.hpp"
#include "driver/windows/support/irp.hpp"
#include "driver/windows/support/named_device.hpp"
#include "driver/windows/support/registry.hpp"

// After ntddk.h, which has CTL_CODE.
#include "driver/samples/shared_buffer/shared_buffer.h"

namespace openbar::samples {
namespace {

using windows::create_in_pool;
using windows::destroy_in_pool;
using windows::literal;
using windows::NamedDevice;
using windows::Request;

constexpr ULONG tag = 'rDBO';

struct Driver {
    explicit Driver(ULONG limit) : contents(limit) {}
    Contents contents;
    NamedDevice device;
};
Driver* driver = nullptr;

NTSTATUS NTAPI create_or_close(DEVICE_OBJECT*, IRP* irp) {
    return Request(irp).complete(STATUS_SUCCESS);
}

NTSTATUS NTAPI read(DEVICE_OBJECT*, IRP* irp) {
    Request request(irp);
    const auto done = driver->contents.read(request.read_position(), request.system_buffer(),
                                            request.read_length());
    return request.complete(done.status, done.count);
}

NTSTATUS NTAPI write(DEVICE_OBJECT*, IRP* irp) {
    Request request(irp);
    const auto done = driver->contents.write(request.write_position(), request.system_buffer(),
                                             request.write_length());
    return request.complete(done.status, done.count);
}

NTSTATUS answer_with_number(Request& request, NTSTATUS status, ULONG number) {
    if (request.output_length() < sizeof number) return request.complete(STATUS_BUFFER_TOO_SMALL);
    RtlCopyMemory(request.system_buffer(), &number, sizeof number);
    return request.complete(status, sizeof number);
}

NTSTATUS answer_with_contents(Request& request) {
    ULONG needed = 0;
    const NTSTATUS status =
        driver->contents.copy(request.system_buffer(), request.output_length(), needed);
    // An error status would carry no data to the program; this one is a warning and does.
    if (status == STATUS_BUFFER_OVERFLOW) return answer_with_number(request, status, needed);
    return request.complete(status, needed);
}

NTSTATUS NTAPI control(DEVICE_OBJECT*, IRP* irp) {
    Request request(irp);
    switch (request.control_code()) {
        case SHARED_BUFFER_ZERO: driver->contents.zero(); return request.complete(STATUS_SUCCESS);
        case SHARED_BUFFER_REMOVE:
            driver->contents.remove();
            return request.complete(STATUS_SUCCESS);
        case SHARED_BUFFER_GET_SIZE:
            return answer_with_number(request, STATUS_SUCCESS, driver->contents.size());
        case SHARED_BUFFER_GET_CONTENTS: return answer_with_contents(request);
        default: return request.complete(STATUS_INVALID_DEVICE_REQUEST);
    }
}

void NTAPI unload(DRIVER_OBJECT*) {
    destroy_in_pool(driver);
    driver = nullptr;
}

}  // namespace
}  // namespace openbar::samples

extern "C" NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT* object, UNICODE_STRING* service_key) {
    using namespace openbar::samples;
    openbar::windows::choose_pool();
    const ULONG limit = openbar::windows::RegistryKey(*service_key)
                            .number(literal(L"MaximumSize"), SHARED_BUFFER_DEFAULT_LIMIT);
    driver = create_in_pool<Driver>(tag, limit);
    if (driver == nullptr) return STATUS_INSUFFICIENT_RESOURCES;

    object->DriverUnload = unload;
    object->MajorFunction[IRP_MJ_CREATE] = create_or_close;
    object->MajorFunction[IRP_MJ_CLOSE] = create_or_close;
    object->MajorFunction[IRP_MJ_READ] = read;
    object->MajorFunction[IRP_MJ_WRITE] = write;
    object->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    const NTSTATUS status =
        driver->device.create(object, literal(L"\\Device\\OpenbarSharedBuffer"),
                              literal(L"\\DosDevices\\OpenbarSharedBuffer"), DO_BUFFERED_IO);
    if (!NT_SUCCESS(status)) unload(object);
    return status;
}
