#include "base/file_descriptor.hpp"
#include "cli/support/stop_request.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <thread>

namespace openbar::cli {

// The signals are blocked in the whole program and read by a thread, where any code may run; a
// handler could call next to nothing.
struct StopRequest::Watcher {
    explicit Watcher(std::function<void()> callback) : when_made(std::move(callback)) {
        sigset_t signals;
        sigemptyset(&signals);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
            struct sigaction present {};
            ::sigaction(signal, nullptr, &present);
            if (present.sa_handler != SIG_IGN) sigaddset(&signals, signal);  // nohup stays nohup
        }
        ::pthread_sigmask(SIG_BLOCK, &signals, &before);
        arrived.reset(::signalfd(-1, &signals, SFD_CLOEXEC));
        finished.reset(::eventfd(0, EFD_CLOEXEC));
        thread = std::thread([this] { watch(); });
    }
    ~Watcher() {
        const std::uint64_t one = 1;
        static_cast<void>(!::write(finished.get(), &one, sizeof one));
        thread.join();
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    void watch() {
        while (true) {
            std::array<pollfd, 2> ready{{{arrived.get(), POLLIN, 0}, {finished.get(), POLLIN, 0}}};
            if (::poll(ready.data(), ready.size(), -1) < 0) continue;
            if (ready[1].revents != 0) return;
            signalfd_siginfo signal{};
            if (::read(arrived.get(), &signal, sizeof signal) != sizeof signal) return;
            made = true;
            when_made();
        }
    }

    std::function<void()> when_made;
    std::atomic<bool> made = false;
    sigset_t before{};
    FileDescriptor arrived;
    FileDescriptor finished;
    std::thread thread;
};

StopRequest::StopRequest(std::function<void()> when_made)
    : watcher_(std::make_unique<Watcher>(std::move(when_made))) {}
StopRequest::~StopRequest() = default;

bool StopRequest::made() const noexcept {
    return watcher_->made;
}

}  // namespace openbar::cli
