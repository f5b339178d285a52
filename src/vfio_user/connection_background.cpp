// What the server asks for while no call is under way is answered by a thread.
#include "base/failure.hpp"
#include "base/quiet_thread.hpp"
#include "vfio_user/connection.hpp"
#include "vfio_user/connection_errors.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace openbar::vfio_user {

Result<void> Connection::serve_in_background() {
    const MutexLock lock(thread_mutex_);
    if (thread_.joinable()) return {};
    stop_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
    if (!stop_) return system_failure(errno, "eventfd");
    OPENBAR_TRY(thread,
                start_quiet_thread([this] { twin_ ? serve_twin() : serve_between_calls(); }));
    thread_ = std::move(thread);
    return {};
}

// True: `descriptor` can be read. False: time to stop, or (with a limit) time is up.
bool Connection::wait_for(int descriptor, int milliseconds) const {
    for (;;) {
        std::array<pollfd, 2> states{{{stop_.get(), POLLIN, 0}, {descriptor, POLLIN, 0}}};
        const int ready = ::poll(states.data(), descriptor >= 0 ? 2 : 1, milliseconds);
        if (ready < 0 && errno == EINTR) continue;
        return ready > 0 && states[0].revents == 0;
    }
}

void Connection::serve_twin() {
    Message request;
    std::vector<std::byte> reply;
    while (wait_for(twin_->socket(), -1)) {
        auto progress = twin_->receive(MSG_DONTWAIT);
        while (progress == Progress::done) {
            progress = twin_->next(request);
            if (progress != Progress::done) break;
            if (request.is_reply()) {
                give_up(failure(ErrorCode::protocol,
                                "the server sent a reply on its twin socket to nothing"));
                return;
            }
            const auto deadline = std::chrono::steady_clock::now() + timeout_;
            if (!serve(*twin_, request, deadline, reply)) return;
        }
        if (progress == Progress::nothing_yet) continue;
        give_up(explain(progress, *twin_, ""));
        return;
    }
}

// While calls follow one another closely they answer the server themselves, and this thread
// keeps out of their way: it looks at the socket again only a millisecond later.
void Connection::serve_between_calls() {
    auto seen = turns_.load(std::memory_order_relaxed);
    while (wait_for(socket_, -1)) {
        const auto turns = turns_.load(std::memory_order_relaxed);
        if (turns % 2 == 1 || turns != seen) {
            seen = turns;
            pollfd stop{stop_.get(), POLLIN, 0};
            if (::poll(&stop, 1, 1) > 0) return;
            continue;
        }
        if (!answer_what_came()) return;
    }
}

bool Connection::answer_what_came() {
    const MutexLock lock(mutex_);
    const auto progress = stream_.receive(MSG_DONTWAIT);
    if (progress == Progress::nothing_yet || progress == Progress::done) {
        return answer_what_is_here();
    }
    if (!broken_) give_up(explain(progress, stream_, ""));
    return false;
}

// False where the connection is of no more use.
bool Connection::answer_what_is_here() {
    while (stream_.in_a_message()) {
        const auto progress = stream_.next(message_);
        if (progress == Progress::nothing_yet) return true;
        if (progress != Progress::done) {
            give_up(explain(progress, stream_, ""));
            return false;
        }
        if (!message_.is_reply()) {
            const auto deadline = std::chrono::steady_clock::now() + timeout_;
            if (!serve(stream_, message_, deadline, dma_reply_)) return false;
        } else if (!is_late_reply(message_)) {
            give_up(reply_to_nothing(message_));
            return false;
        }
    }
    return true;
}

}  // namespace openbar::vfio_user
