/// Keeps what Wine's kernel frees for a while longer.
///
/// Wine's server cancels a request by its address, and may do so just when another thread of the
/// driver host completes and frees it: the order comes too late and finds whatever has that memory
/// now. (The server learns the address only when the host asks for its next request.) A program
/// that is killed while it waits brings that about within some hundred tries. Freed requests that
/// still look like completed ones are cancelled without effect.
#pragma once

namespace openbar::hardware {

/// Has the driver host's kernel (ntoskrnl.exe) free its memory later. Once, before any request.
void delay_frees_of_kernel();

}  // namespace openbar::hardware
