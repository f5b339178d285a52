/// Calls something that may raise, and returns what it raised.
///
///     NTSTATUS status = guarded_call([&] { ProbeForRead(address, length, 1); });
///
/// User memory can vanish while a driver looks at it (another thread of the program frees it), and
/// several kernel routines raise instead of returning an error. This is the only `__try` of the
/// drivers. The work is a function called through a pointer because clang's `__except` does not
/// catch a fault of an access made in the very frame that holds the `__try`.
///
/// Any IRQL at which the work itself may run. Destructors of the work's frames do not run when it
/// raises, so it must own nothing.
#pragma once

extern "C" long openbar_guarded_call(void (*work)(void*), void* context);

namespace openbar::windows {

/// Runs `work()`; returns 0 (STATUS_SUCCESS) or the exception code, which is an NTSTATUS.
template <typename Work>
long guarded_call(Work&& work) {
    return openbar_guarded_call([](void* context) { (*static_cast<Work*>(context))(); }, &work);
}

}  // namespace openbar::windows
