/// How a message reaches the driver and how the reply goes back, for each method.
///
/// This is what the sample is about: the same conversation four times over, and in each the driver
/// is given the program's buffers in another shape. Each function completes the request.
///
/// | method     | input                          | output                                  |
/// | ---------- | ------------------------------ | --------------------------------------- |
/// | buffered   | a copy, at `system_buffer()`   | the same place, copied back afterwards  |
/// | out direct | a copy, at `system_buffer()`   | the program's pages, locked: `mdl()`    |
/// | in direct  | a copy, at `system_buffer()`   | none; `mdl()` is a second input         |
/// | neither    | the program's address, as given | the program's address, as given        |
#pragma once

#include "driver/samples/transfer_methods/message.hpp"
#include "driver/windows/support/irp.hpp"

namespace openbar::samples {

/// What the driver remembers of one handle, until it is closed.
struct Conversation {
    volatile LONG message_length = 0;
    volatile LONG bulk_size = 0;
    volatile LONG bulk_sum = 0;
};

NTSTATUS write_buffered(windows::Request& request, Conversation& conversation);
NTSTATUS write_direct(windows::Request& request, Conversation& conversation);
NTSTATUS write_neither(windows::Request& request, Conversation& conversation);

NTSTATUS read_buffered(windows::Request& request, const Reply& reply);
NTSTATUS read_direct(windows::Request& request, const Reply& reply);
NTSTATUS read_neither(windows::Request& request, const Reply& reply);

NTSTATUS control_buffered(windows::Request& request);
NTSTATUS control_out_direct(windows::Request& request);
NTSTATUS control_in_direct(windows::Request& request, Conversation& conversation);
NTSTATUS control_neither(windows::Request& request);

/// "<method>: the driver read N characters".
Reply compose(const char* method, LONG message_length);

}  // namespace openbar::samples
