/// A request (IRP) that is completed exactly once.
///
///     NTSTATUS NTAPI dispatch_read(DEVICE_OBJECT*, IRP* irp) {
///         Request request(irp);
///         if (request.read_length() < needed) return request.complete(STATUS_BUFFER_TOO_SMALL);
///         ...
///         return request.complete(STATUS_SUCCESS, needed);
///     }
///
/// A path that forgets to answer completes the request as failed instead of leaving a program
/// hanging; after `complete` or `release` the request is gone and cannot be answered twice.
#pragma once

#include "driver/windows/support/ntddk.hpp"

#include <utility>

namespace openbar::windows {

class Request {
public:
    explicit Request(IRP* irp) : irp_(irp), stack_(IoGetCurrentIrpStackLocation(irp)) {}
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request() {
        if (irp_ != nullptr) complete(STATUS_UNSUCCESSFUL);
    }

    /// Answers it. `count` is what ReadFile, WriteFile or DeviceIoControl report as the number of
    /// bytes; for a buffered request also the number copied out, so never above its output length.
    NTSTATUS complete(NTSTATUS status, ULONG_PTR count = 0, CCHAR boost = IO_NO_INCREMENT) {
        IRP* irp = std::exchange(irp_, nullptr);
        irp->IoStatus.Status = status;
        irp->IoStatus.Information = count;
        IoCompleteRequest(irp, boost);
        return status;
    }

    /// Gives it up unanswered: it waits in a queue, or another driver has it now.
    IRP* release() { return std::exchange(irp_, nullptr); }

    [[nodiscard]] IRP* irp() const { return irp_; }
    [[nodiscard]] IO_STACK_LOCATION* stack() const { return stack_; }
    [[nodiscard]] FILE_OBJECT* file() const { return stack_->FileObject; }

    [[nodiscard]] ULONG control_code() const { return control().IoControlCode; }
    [[nodiscard]] ULONG input_length() const { return control().InputBufferLength; }
    [[nodiscard]] ULONG output_length() const { return control().OutputBufferLength; }
    /// The address that the program gave as input; meaningful for METHOD_NEITHER only.
    [[nodiscard]] void* user_input() const { return control().Type3InputBuffer; }

    [[nodiscard]] ULONG read_length() const { return stack_->Parameters.Read.Length; }
    [[nodiscard]] ULONG write_length() const { return stack_->Parameters.Write.Length; }
    [[nodiscard]] LONGLONG read_position() const {
        return stack_->Parameters.Read.ByteOffset.QuadPart;
    }
    [[nodiscard]] LONGLONG write_position() const {
        return stack_->Parameters.Write.ByteOffset.QuadPart;
    }

    /// The kernel's copy of the input (buffered), and the place for the output.
    [[nodiscard]] void* system_buffer() const { return irp_->AssociatedIrp.SystemBuffer; }
    /// The locked pages of the second buffer (direct), or null where its length is 0.
    [[nodiscard]] MDL* mdl() const { return irp_->MdlAddress; }
    /// The address that the program gave as second buffer; meaningful for "neither" only.
    [[nodiscard]] void* user_buffer() const { return irp_->UserBuffer; }

private:
    [[nodiscard]] decltype(IO_STACK_LOCATION::Parameters.DeviceIoControl)& control() const {
        return stack_->Parameters.DeviceIoControl;
    }

    IRP* irp_;
    IO_STACK_LOCATION* stack_;
};

}  // namespace openbar::windows
