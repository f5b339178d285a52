#include "base/failure.hpp"
#include "base/fault_table.hpp"

#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <mutex>

namespace openbar {
namespace {

FaultTable table;
std::mutex fault_mutex;
std::array<struct sigaction, 2> earlier;  // by kind
std::array<bool, 2> installed{};

constexpr std::array<int, 2> signals{SIGBUS, SIGSEGV};

FaultKind kind_of(int signal) noexcept {
    return signal == SIGBUS ? FaultKind::lost : FaultKind::trapped;
}

/// A fault of the thread's own at the address that is told, and not one that a process sent.
bool has_address(int signal, const siginfo_t& info) noexcept {
    return signal == SIGBUS ? info.si_code == BUS_ADRERR
                            : info.si_code == SEGV_ACCERR || info.si_code == SEGV_MAPERR;
}

/// As the kernel would have called it, had there been no other.
void hand_on(int signal, siginfo_t* info, void* context) noexcept {
    const struct sigaction& before = earlier[static_cast<std::size_t>(kind_of(signal))];
    const bool with_info = (before.sa_flags & SA_SIGINFO) != 0;
    if (!with_info && (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN)) {
        // The access is repeated when this returns, and ends the program.
        struct sigaction by_default {};
        by_default.sa_handler = SIG_DFL;
        ::sigaction(signal, &by_default, nullptr);
        if (info->si_code <= 0) ::raise(signal);  // a process sent it: nothing is repeated
        return;
    }
    sigset_t blocked = static_cast<ucontext_t*>(context)->uc_sigmask;
    for (int number = 1; number < NSIG; ++number)
        if (sigismember(&before.sa_mask, number) == 1) sigaddset(&blocked, number);
    if ((before.sa_flags & SA_NODEFER) == 0) sigaddset(&blocked, signal);
    pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
    if (with_info)
        before.sa_sigaction(signal, info, context);
    else
        before.sa_handler(signal);
}

void on_fault(int signal, siginfo_t* info, void* context) {
    const int saved = errno;
    bool handled = false;
    if (has_address(signal, *info)) {
        const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
        const auto use = table.use(address, kind_of(signal));
        handled = use.handler() != nullptr && use.handler()->handle({address, context});
    }
    if (!handled) hand_on(signal, info, context);
    errno = saved;
}

/// A child has one thread: nobody else holds the lock there, and nobody else is in a handler.
void keep_across_forks() {
    static const bool once = [] {
        ::pthread_atfork([] { fault_mutex.lock(); }, [] { fault_mutex.unlock(); },
                         [] {
                             table.forget_users();
                             fault_mutex.unlock();
                         });
        return true;
    }();
    static_cast<void>(once);
}

Result<void> install(FaultKind kind) {
    const auto index = static_cast<std::size_t>(kind);
    if (installed[index]) return {};
    keep_across_forks();
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    // Not deferred: a fault of the handler, or of a model that it calls, ends the program as any
    // other.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigfillset(&action.sa_mask);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
        sigdelset(&action.sa_mask, fault);
    if (::sigaction(signals[index], &action, &earlier[index]) != 0)
        return system_failure(errno, "sigaction for faults");
    installed[index] = true;
    return {};
}

}  // namespace

Result<FaultWatch> FaultWatch::start(std::span<std::byte> memory, FaultKind kind,
                                     FaultHandler& handler) {
    const std::scoped_lock lock(fault_mutex);
    OPENBAR_TRY(done, install(kind));
    if (const auto slot = table.add(memory, kind, handler)) return FaultWatch(*slot);
    return failure(ErrorCode::resource_exhausted, "1024 mappings are watched already");
}

FaultWatch::~FaultWatch() {
    if (slot_ == most) return;
    const std::scoped_lock lock(fault_mutex);
    table.remove(slot_);
}

FaultHandler* FaultWatch::find(std::uintptr_t address, FaultKind kind) noexcept {
    return table.find(address, kind);
}

}  // namespace openbar
