#include "driver/samples/transfer_methods/transfer.hpp"

#include "driver/windows/support/mdl.hpp"
#include "driver/windows/support/pool.hpp"
#include "driver/windows/support/user_memory.hpp"

// After ntddk.h, which has CTL_CODE.
#include "driver/samples/transfer_methods/transfer_methods.h"

namespace openbar::samples {
namespace {

using windows::copy_from_user;
using windows::copy_to_user;
using windows::PoolBuffer;
using windows::Request;
using windows::system_address;

constexpr ULONG tag = 'mTBO';

/// What is to be put into an output of `room` bytes: the reply, or the size that it needs.
struct Output {
    NTSTATUS status;
    const void* bytes;
    ULONG size;
};

Output fit(const Reply& reply, ULONG room, const ULONG& needed) {
    if (room >= needed) return {STATUS_SUCCESS, reply.text(), needed};
    // A warning: with an error status nothing would reach the program.
    if (room >= sizeof needed) return {STATUS_BUFFER_OVERFLOW, &needed, sizeof needed};
    return {STATUS_BUFFER_TOO_SMALL, nullptr, 0};
}

/// Puts the reply where the kernel can write: the system buffer, or the mapped pages of an MDL.
NTSTATUS answer(Request& request, void* to, ULONG room, const Reply& reply) {
    const ULONG needed = reply.size();
    const Output output = fit(reply, room, needed);
    if (output.size != 0) {
        if (to == nullptr) return request.complete(STATUS_INSUFFICIENT_RESOURCES);
        RtlCopyMemory(to, output.bytes, output.size);
    }
    return request.complete(output.status, output.size);
}

/// Puts the reply where the program said, which may be nowhere.
NTSTATUS answer_user(Request& request, void* to, ULONG room, const Reply& reply) {
    const ULONG needed = reply.size();
    const Output output = fit(reply, room, needed);
    if (output.size != 0) {
        const NTSTATUS status = copy_to_user(to, output.bytes, output.size);
        if (!NT_SUCCESS(status)) return request.complete(status);
    }
    return request.complete(output.status, output.size);
}

/// Takes a copy of the program's message: while the driver looks at it, no other thread of the
/// program can change it. The length of the message, or -1 with `status` saying why.
LONG capture_message(const void* user, ULONG size, NTSTATUS& status) {
    status = STATUS_INVALID_PARAMETER;
    if (size == 0 || size > TRANSFER_LONGEST_MESSAGE) return -1;
    const PoolBuffer copy = PoolBuffer::allocate(size, tag);
    if (!copy) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        return -1;
    }
    const NTSTATUS copied = copy_from_user(copy.data(), user, size);
    if (!NT_SUCCESS(copied)) {
        status = copied;
        return -1;
    }
    return message_length(copy.data(), size);
}

NTSTATUS accept(Request& request, Conversation& conversation, LONG length) {
    if (length < 0) return request.complete(STATUS_INVALID_PARAMETER);
    conversation.message_length = length;
    return request.complete(STATUS_SUCCESS, request.write_length());
}

}  // namespace

Reply compose(const char* method, LONG message_length) {
    Reply reply(method);
    reply.append(": the driver read ");
    reply.append(static_cast<ULONG>(message_length));
    reply.append(" characters");
    return reply;
}

NTSTATUS write_buffered(Request& request, Conversation& conversation) {
    return accept(request, conversation,
                  message_length(request.system_buffer(), request.write_length()));
}

NTSTATUS write_direct(Request& request, Conversation& conversation) {
    // The pages are the program's own, which may go on writing them: copied before they are judged.
    const ULONG size = request.write_length();
    if (size == 0 || size > TRANSFER_LONGEST_MESSAGE)
        return request.complete(STATUS_INVALID_PARAMETER);
    const std::uint8_t* pages = system_address(request.mdl());
    const PoolBuffer copy = PoolBuffer::allocate(size, tag);
    if (pages == nullptr || !copy) return request.complete(STATUS_INSUFFICIENT_RESOURCES);
    RtlCopyMemory(copy.data(), pages, size);
    return accept(request, conversation, message_length(copy.data(), size));
}

NTSTATUS write_neither(Request& request, Conversation& conversation) {
    NTSTATUS status = STATUS_SUCCESS;
    const LONG length = capture_message(request.user_buffer(), request.write_length(), status);
    if (length < 0) return request.complete(status);
    return accept(request, conversation, length);
}

NTSTATUS read_buffered(Request& request, const Reply& reply) {
    return answer(request, request.system_buffer(), request.read_length(), reply);
}

NTSTATUS read_direct(Request& request, const Reply& reply) {
    return answer(request, system_address(request.mdl()), request.read_length(), reply);
}

NTSTATUS read_neither(Request& request, const Reply& reply) {
    return answer_user(request, request.user_buffer(), request.read_length(), reply);
}

NTSTATUS control_buffered(Request& request) {
    const LONG length = message_length(request.system_buffer(), request.input_length());
    if (length < 0) return request.complete(STATUS_INVALID_PARAMETER);
    // The reply overwrites the message: both lie in the same system buffer.
    return answer(request, request.system_buffer(), request.output_length(),
                  compose("buffered", length));
}

NTSTATUS control_out_direct(Request& request) {
    const LONG length = message_length(request.system_buffer(), request.input_length());
    if (length < 0) return request.complete(STATUS_INVALID_PARAMETER);
    return answer(request, system_address(request.mdl()), request.output_length(),
                  compose("out direct", length));
}

NTSTATUS control_in_direct(Request& request, Conversation& conversation) {
    const LONG length = message_length(request.system_buffer(), request.input_length());
    if (length < 0) return request.complete(STATUS_INVALID_PARAMETER);
    const ULONG size = request.output_length();
    const std::uint8_t* bulk = system_address(request.mdl());
    if (size != 0 && bulk == nullptr) return request.complete(STATUS_INSUFFICIENT_RESOURCES);
    conversation.message_length = length;
    conversation.bulk_size = static_cast<LONG>(size);
    conversation.bulk_sum = static_cast<LONG>(byte_sum(bulk, size));
    // The second buffer was locked for reading only; nothing may be written back through it.
    return request.complete(STATUS_SUCCESS, size);
}

NTSTATUS control_neither(Request& request) {
    NTSTATUS status = STATUS_SUCCESS;
    const LONG length = capture_message(request.user_input(), request.input_length(), status);
    if (length < 0) return request.complete(status);
    return answer_user(request, request.user_buffer(), request.output_length(),
                       compose("neither", length));
}

}  // namespace openbar::samples
