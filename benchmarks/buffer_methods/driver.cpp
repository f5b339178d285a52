/// Takes bulk and gives bulk by each transfer method, for measuring what each costs.
#include "driver/windows/support/irp.hpp"
#include "driver/windows/support/mdl.hpp"
#include "driver/windows/support/named_device.hpp"
#include "driver/windows/support/pool.hpp"
#include "driver/windows/support/user_memory.hpp"

// After ntddk.h, which has CTL_CODE.
#include "benchmarks/buffer_methods/buffer_methods.h"

namespace openbar::benchmark {
namespace {

using windows::copy_from_user;
using windows::create_in_pool;
using windows::destroy_in_pool;
using windows::guarded_call;
using windows::literal;
using windows::NamedDevice;
using windows::PoolBuffer;
using windows::Request;
using windows::system_address;

constexpr ULONG tag = 'mBBO';
NamedDevice* device = nullptr;

NTSTATUS take(Request& request, const void* bytes, ULONG size) {
    if (size != 0 && bytes == nullptr) return request.complete(STATUS_INSUFFICIENT_RESOURCES);
    ULONG sum = 0;
    for (ULONG index = 0; index < size; ++index) sum += static_cast<const UCHAR*>(bytes)[index];
    // Refused, where a byte got lost: the program sends BULK_BYTE only.
    const bool right = sum == size * BULK_BYTE;
    return request.complete(right ? STATUS_SUCCESS : STATUS_DATA_ERROR);
}

/// The program could change its memory meanwhile: a driver looks at a copy only.
NTSTATUS take_neither(Request& request) {
    const ULONG size = request.input_length();
    const PoolBuffer copy = PoolBuffer::allocate(size, tag);
    if (!copy) return request.complete(STATUS_INSUFFICIENT_RESOURCES);
    const NTSTATUS status = copy_from_user(copy.data(), request.user_input(), size);
    if (!NT_SUCCESS(status)) return request.complete(status);
    return take(request, copy.data(), size);
}

NTSTATUS give(Request& request, void* to) {
    const ULONG size = request.output_length();
    if (size != 0 && to == nullptr) return request.complete(STATUS_INSUFFICIENT_RESOURCES);
    RtlFillMemory(to, size, BULK_BYTE);
    return request.complete(STATUS_SUCCESS, size);
}

NTSTATUS give_neither(Request& request) {
    const ULONG size = request.output_length();
    const NTSTATUS status = guarded_call([&] {
        ProbeForWrite(request.user_buffer(), size, 1);
        RtlFillMemory(request.user_buffer(), size, BULK_BYTE);
    });
    return request.complete(status, NT_SUCCESS(status) ? size : 0);
}

NTSTATUS NTAPI create_or_close(DEVICE_OBJECT*, IRP* irp) {
    return Request(irp).complete(STATUS_SUCCESS);
}

NTSTATUS NTAPI control(DEVICE_OBJECT*, IRP* irp) {
    Request request(irp);
    switch (request.control_code()) {
        case BULK_IN_BUFFERED:
            return take(request, request.system_buffer(), request.input_length());
        case BULK_IN_DIRECT:
            return take(request, system_address(request.mdl()), request.output_length());
        case BULK_IN_NEITHER: return take_neither(request);
        case BULK_OUT_BUFFERED: return give(request, request.system_buffer());
        case BULK_OUT_DIRECT: return give(request, system_address(request.mdl()));
        case BULK_OUT_NEITHER: return give_neither(request);
        default: return request.complete(STATUS_INVALID_DEVICE_REQUEST);
    }
}

void NTAPI unload(DRIVER_OBJECT*) {
    destroy_in_pool(device);
    device = nullptr;
}

}  // namespace
}  // namespace openbar::benchmark

extern "C" NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT* object, UNICODE_STRING*) {
    using namespace openbar::benchmark;
    openbar::windows::choose_pool();
    device = create_in_pool<NamedDevice>(tag);
    if (device == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    object->DriverUnload = unload;
    object->MajorFunction[IRP_MJ_CREATE] = create_or_close;
    object->MajorFunction[IRP_MJ_CLOSE] = create_or_close;
    object->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    const NTSTATUS status =
        device->create(object, literal(L"\\Device\\OpenbarBufferMethods"),
                       literal(L"\\DosDevices\\OpenbarBufferMethods"), DO_BUFFERED_IO);
    if (!NT_SUCCESS(status)) unload(object);
    return status;
}
