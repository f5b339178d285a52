// What programs ask: open, close, and the codes of the contract. All of it is the core's to answer.
#include "driver/windows/function_device.hpp"
#include "driver/windows/support/irp.hpp"

namespace openbar::windows {
namespace {

using driver::Session;
using driver::Status;

NTSTATUS answer(Request& request, FunctionDevice& device, Status status, ULONG count = 0) {
    IRP* irp = request.irp();
    // Of a request that the core meant to let wait, and then did not, Windows has been told
    // already.
    const bool told_pending = (request.stack()->Control & SL_PENDING_RETURNED) != 0;
    const NTSTATUS result = request.complete(static_cast<NTSTATUS>(ntstatus(status)), count);
    device.remove_lock.release(irp);
    return told_pending ? STATUS_PENDING : result;
}

/// The buffers as the core wants them. The second buffer of a direct request is not mapped here: the
/// core asks for it once everything has been checked.
driver::Request decode(const Request& request) {
    driver::Request decoded;
    decoded.code = request.control_code();
    decoded.irp = request.irp();
    decoded.input = request.system_buffer();
    decoded.input_length = request.input_length();
    decoded.output_length = request.output_length();
    switch (decoded.code & 3) {
        case METHOD_BUFFERED: decoded.output = request.system_buffer(); break;
        case METHOD_IN_DIRECT:
        case METHOD_OUT_DIRECT: break;
        default:
            // METHOD_NEITHER: addresses that nobody has looked at. No code of the contract has it.
            decoded.input = nullptr;
            decoded.input_length = decoded.output_length = 0;
    }
    return decoded;
}

/// By the token of whoever opens the device, impersonation included; SYSTEM's has the group, too.
bool is_administrator(const Request& request) {
    const IO_SECURITY_CONTEXT* security = request.stack()->Parameters.Create.SecurityContext;
    if (security == nullptr || security->AccessState == nullptr) return false;
    void* token = SeQuerySubjectContextToken(&security->AccessState->SubjectSecurityContext);
    return token != nullptr && SeTokenIsAdmin(token) != FALSE;
}

}  // namespace

NTSTATUS NTAPI dispatch_create(DEVICE_OBJECT* object, IRP* irp) {
    FunctionDevice& device = FunctionDevice::of(object);
    Request request(irp);
    if (!NT_SUCCESS(device.remove_lock.acquire(irp)))
        return request.complete(static_cast<NTSTATUS>(ntstatus(Status::removed)));
    // A device has no files, and a handle opened relative to another would be no session of its
    // own.
    if (request.file()->FileName.Length != 0 || request.file()->RelatedFileObject != nullptr)
        return answer(request, device, Status::invalid);
    Session* session = nullptr;
    const Status status = device.core->open(session, is_administrator(request));
    request.file()->FsContext = session;
    if (status == Status::ok) device.reference();
    return answer(request, device, status);
}

// Cleanup and close come also after removal has begun, when the lock lets nobody in: the device is
// still there, because Windows removes it only when its handles are closed.
NTSTATUS NTAPI dispatch_cleanup(DEVICE_OBJECT* object, IRP* irp) {
    FunctionDevice& device = FunctionDevice::of(object);
    Request request(irp);
    if (auto* session = static_cast<Session*>(request.file()->FsContext))
        device.core->cleanup(*session);
    return request.complete(STATUS_SUCCESS);
}

NTSTATUS NTAPI dispatch_close(DEVICE_OBJECT* object, IRP* irp) {
    FunctionDevice& device = FunctionDevice::of(object);
    Request request(irp);
    if (auto* session = static_cast<Session*>(request.file()->FsContext)) {
        device.core->close(session);
        request.file()->FsContext = nullptr;
        device.release();
    }
    return request.complete(STATUS_SUCCESS);
}

NTSTATUS NTAPI dispatch_device_control(DEVICE_OBJECT* object, IRP* irp) {
    FunctionDevice& device = FunctionDevice::of(object);
    Request request(irp);
    if (!NT_SUCCESS(device.remove_lock.acquire(irp)))
        return request.complete(static_cast<NTSTATUS>(ntstatus(Status::removed)));
    driver::Request asked = decode(request);
    // Another driver can send a code without a file.
    auto* session =
        request.file() == nullptr ? nullptr : static_cast<Session*>(request.file()->FsContext);
    if (session == nullptr) return answer(request, device, Status::closed);
    const Status status = device.core->control(*session, asked);
    if (status == Status::pending) {
        // It may have been completed by now, and gone: not another look at it.
        request.release();
        return STATUS_PENDING;
    }
    return answer(request, device, status, asked.produced);
}

// WMI is the business of the drivers below.
NTSTATUS NTAPI dispatch_system_control(DEVICE_OBJECT* object, IRP* irp) {
    FunctionDevice& device = FunctionDevice::of(object);
    if (NTSTATUS status = device.remove_lock.acquire(irp); !NT_SUCCESS(status))
        return Request(irp).complete(status);
    const NTSTATUS status = pass_down(device, irp);
    device.remove_lock.release(irp);
    return status;
}

}  // namespace openbar::windows
