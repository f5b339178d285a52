/// Four devices that carry the same conversation in the four ways that Windows has for a buffer.
///
/// Read transfer.hpp first: it shows what the driver is given for each method. Here is only who
/// answers what.
#include "driver/samples/transfer_methods/transfer.hpp"
#include "driver/windows/support/named_device.hpp"
#include "driver/windows/support/pool.hpp"

// After ntddk.h, which has CTL_CODE.
#include "driver/samples/transfer_methods/transfer_methods.h"

namespace openbar::samples {
namespace {

using windows::create_in_pool;
using windows::destroy_in_pool;
using windows::literal;
using windows::NamedDevice;
using windows::Request;

constexpr ULONG tag = 'rDTO';

struct Driver {
    NamedDevice buffered;
    NamedDevice direct;
    NamedDevice neither;
    NamedDevice control;
};
Driver* driver = nullptr;

Conversation& conversation_of(const Request& request) {
    return *static_cast<Conversation*>(request.file()->FsContext);
}

NTSTATUS NTAPI create(DEVICE_OBJECT*, IRP* irp) {
    Request request(irp);
    auto* conversation = create_in_pool<Conversation>(tag);
    if (conversation == nullptr) return request.complete(STATUS_INSUFFICIENT_RESOURCES);
    request.file()->FsContext = conversation;
    return request.complete(STATUS_SUCCESS);
}

NTSTATUS NTAPI close(DEVICE_OBJECT*, IRP* irp) {
    Request request(irp);
    destroy_in_pool(&conversation_of(request));
    return request.complete(STATUS_SUCCESS);
}

NTSTATUS NTAPI write(DEVICE_OBJECT* device, IRP* irp) {
    Request request(irp);
    Conversation& conversation = conversation_of(request);
    if (device == driver->buffered.object()) return write_buffered(request, conversation);
    if (device == driver->direct.object()) return write_direct(request, conversation);
    if (device == driver->neither.object()) return write_neither(request, conversation);
    return request.complete(STATUS_INVALID_DEVICE_REQUEST);
}

Reply tell_of_bulk(const Conversation& conversation) {
    Reply reply("in direct: ");
    reply.append(static_cast<ULONG>(conversation.bulk_size));
    reply.append(" bytes of bulk, sum ");
    reply.append(static_cast<ULONG>(conversation.bulk_sum));
    return reply;
}

NTSTATUS NTAPI read(DEVICE_OBJECT* device, IRP* irp) {
    Request request(irp);
    const Conversation& conversation = conversation_of(request);
    const LONG length = conversation.message_length;
    if (device == driver->buffered.object())
        return read_buffered(request, compose("buffered", length));
    if (device == driver->direct.object()) return read_direct(request, compose("direct", length));
    if (device == driver->neither.object())
        return read_neither(request, compose("neither", length));
    return read_buffered(request, tell_of_bulk(conversation));
}

NTSTATUS NTAPI control(DEVICE_OBJECT* device, IRP* irp) {
    Request request(irp);
    if (device != driver->control.object()) return request.complete(STATUS_INVALID_DEVICE_REQUEST);
    switch (request.control_code()) {
        case TRANSFER_IN_DIRECT: return control_in_direct(request, conversation_of(request));
        case TRANSFER_OUT_DIRECT: return control_out_direct(request);
        case TRANSFER_BUFFERED: return control_buffered(request);
        case TRANSFER_NEITHER: return control_neither(request);
        default: return request.complete(STATUS_INVALID_DEVICE_REQUEST);
    }
}

void NTAPI unload(DRIVER_OBJECT*) {
    destroy_in_pool(driver);
    driver = nullptr;
}

NTSTATUS create_devices(DRIVER_OBJECT* object) {
    NTSTATUS status =
        driver->buffered.create(object, literal(L"\\Device\\OpenbarTransferBuffered"),
                                literal(L"\\DosDevices\\OpenbarTransferBuffered"), DO_BUFFERED_IO);
    if (!NT_SUCCESS(status)) return status;
    status = driver->direct.create(object, literal(L"\\Device\\OpenbarTransferDirect"),
                                   literal(L"\\DosDevices\\OpenbarTransferDirect"), DO_DIRECT_IO);
    if (!NT_SUCCESS(status)) return status;
    status = driver->neither.create(object, literal(L"\\Device\\OpenbarTransferNeither"),
                                    literal(L"\\DosDevices\\OpenbarTransferNeither"), 0);
    if (!NT_SUCCESS(status)) return status;
    return driver->control.create(object, literal(L"\\Device\\OpenbarTransferControl"),
                                  literal(L"\\DosDevices\\OpenbarTransferControl"), DO_BUFFERED_IO);
}

}  // namespace
}  // namespace openbar::samples

extern "C" NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT* object, UNICODE_STRING*) {
    using namespace openbar::samples;
    openbar::windows::choose_pool();
    driver = create_in_pool<Driver>(tag);
    if (driver == nullptr) return STATUS_INSUFFICIENT_RESOURCES;

    object->DriverUnload = unload;
    object->MajorFunction[IRP_MJ_CREATE] = create;
    object->MajorFunction[IRP_MJ_CLOSE] = close;
    object->MajorFunction[IRP_MJ_READ] = read;
    object->MajorFunction[IRP_MJ_WRITE] = write;
    object->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    const NTSTATUS status = create_devices(object);
    if (!NT_SUCCESS(status)) unload(object);
    return status;
}
