/// A thread of the library's own inside somebody else's program: it takes none of the signals that
/// the program waits for elsewhere. Its own fault still ends the program as usual.
///
///     OPENBAR_TRY(thread, start_quiet_thread([&] { serve(); }));
#pragma once

#include "openbar/result.hpp"

#include "base/failure.hpp"

#include <pthread.h>

#include <csignal>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace openbar {

template <typename Function>
[[nodiscard]] Result<std::thread> start_quiet_thread(Function&& function) {
    sigset_t blocked;
    sigset_t before;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&blocked, fault);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    std::optional<int> refused;
    std::thread thread;
    try {
        thread = std::thread(std::forward<Function>(function));
    } catch (const std::system_error& error) {
        refused = error.code().value();
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (refused) return system_failure(*refused, "starting a thread");
    return thread;
}

}  // namespace openbar
