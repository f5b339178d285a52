#include "simulator/vfio_user/server.hpp"

#include "base/failure.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;

constexpr std::size_t most_waiting = 16;
constexpr std::chrono::milliseconds pause_without_descriptors{100};

// What is polled: always these two, in this order, and the model's sources behind them.
constexpr std::size_t stop_place = 0;
constexpr std::size_t listener_place = 1;
constexpr std::size_t session_place = 2;
constexpr std::size_t first_source_place = 3;

timespec to_timespec(std::chrono::nanoseconds time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return {static_cast<time_t>(seconds.count()), static_cast<long>((time - seconds).count())};
}

}  // namespace

Server::Server(std::unique_ptr<Card> card, ServerOptions options)
    : card_(std::move(card)),
      options_(std::move(options)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Result<std::unique_ptr<Server>> Server::adopt(std::unique_ptr<Model> model, int socket,
                                              ServerOptions options) {
    FileDescriptor owned(socket);
    OPENBAR_TRY(card, Card::create(std::move(model), options.trace));
    std::unique_ptr<Server> server(new Server(std::move(card), std::move(options)));
    OPENBAR_TRY(stoppable, server->check_stoppable().attempting([] { return "serve a client"; }));
    server->begin_session(std::move(owned));
    return server;
}

Result<std::unique_ptr<Server>> Server::listen(std::unique_ptr<Model> model,
                                               const std::string& path, ServerOptions options) {
    OPENBAR_TRY(card, Card::create(std::move(model), options.trace));
    std::unique_ptr<Server> server(new Server(std::move(card), std::move(options)));
    OPENBAR_TRY(
        bound,
        server->check_stoppable().and_then([&] { return server->bind(path); }).attempting([&] {
            return "listen at " + path;
        }));
    return server;
}

Result<void> Server::check_stoppable() const {
    if (!stop_) return system_failure(errno, "eventfd");
    return {};
}

Server::~Server() {
    session_.reset();
}

void Server::stop() noexcept {
    const std::uint64_t one = 1;
    // Full only if `stop` was called often enough already.
    [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
}

Result<void> Server::run() {
    for (;;) {
        if (hot_) serve_hot_session();
        OPENBAR_TRY(stopped, poll_everything().attempting([] { return "serve a card"; }));
        if (stopped || (!session_ && !listener_)) return {};
    }
}

// One round of the loop. True once it is time to stop.
Result<bool> Server::poll_everything() {
    prepare_poll();
    const auto deadline = next_deadline();
    timespec left{};
    if (deadline) {
        left = to_timespec(std::max(*deadline - std::chrono::steady_clock::now(),
                                    std::chrono::steady_clock::duration::zero()));
    }
    const int ready = ::ppoll(polled_.data(), polled_.size(), deadline ? &left : nullptr, nullptr);
    if (ready < 0 && errno == EINTR) return false;
    if (ready < 0) return system_failure(errno, "ppoll");
    if (polled_[stop_place].revents != 0) {
        card_->interrupts().request_device();
        return true;
    }
    card_->run_due_actions();
    serve_sources();
    serve_session();
    if (polled_[listener_place].revents != 0) accept_clients();
    refuse_those_who_waited_long();
    return false;
}

bool Server::only_session_matters() const {
    return session_ && session_->only_waits() && waiting_.empty() && card_->sources().empty() &&
           !card_->next_action();
}

// A program that works its card sends request after request. While it does, and nothing else is
// due, polling before each would make a round trip a fifth longer; new clients, and `stop`, can
// wait for these milliseconds.
void Server::serve_hot_session() {
    const auto until = std::chrono::steady_clock::now() + Session::hot_wait;
    bool came = true;
    while (came && only_session_matters()) {
        if (session_->step_waiting(came) == Session::State::over) end_session();
        if (std::chrono::steady_clock::now() >= until) return;
    }
    hot_ = false;
}

void Server::prepare_poll() {
    const auto now = std::chrono::steady_clock::now();
    if (accept_again_ && now >= *accept_again_) accept_again_.reset();
    const bool accepting = waiting_.size() < most_waiting && !accept_again_;
    polled_.clear();
    polled_.push_back({stop_.get(), POLLIN, 0});
    polled_.push_back({accepting ? listener_.get() : -1, POLLIN, 0});
    polled_.push_back(
        {session_ ? session_->socket() : -1, session_ ? session_->events() : short{0}, 0});
    for (const auto& [source, action] : card_->sources()) {
        polled_.push_back({static_cast<int>(source), POLLIN, 0});
    }
}

std::optional<Deadline> Server::next_deadline() const {
    std::optional<Deadline> next;
    auto consider = [&](Deadline time) { next = next ? std::min(*next, time) : time; };
    if (const auto action = card_->next_action()) {
        consider(Deadline(std::chrono::duration_cast<Deadline::duration>(*action)));
    }
    if (session_ && session_->has_work()) consider(Deadline{});
    if (session_ && session_->deadline()) consider(*session_->deadline());
    if (accept_again_) consider(*accept_again_);
    for (const Waiting& waiting : waiting_) consider(waiting.refuse_at);
    return next;
}

void Server::serve_sources() {
    for (std::size_t i = first_source_place; i < polled_.size(); ++i) {
        if (polled_[i].revents != 0) card_->source_ready(polled_[i].fd);
    }
}

void Server::serve_session() {
    if (!session_) return;
    const short events = polled_[session_place].revents;
    const bool late =
        session_->deadline() && std::chrono::steady_clock::now() >= *session_->deadline();
    if (events == 0 && !late && !session_->has_work()) return;
    const bool readable = (events & (POLLIN | POLLHUP | POLLERR)) != 0;
    hot_ = readable;
    if (session_->step(readable) == Session::State::over) end_session();
}

void Server::begin_session(FileDescriptor socket) {
    session_.emplace(*card_, std::move(socket), options_.limits);
    tell("came", {});
}

void Server::end_session() {
    tell("went", session_->reason());
    session_.reset();
    if (waiting_.empty()) return;
    FileDescriptor next = std::move(waiting_.front().socket);
    waiting_.erase(waiting_.begin());
    begin_session(std::move(next));
}

void Server::accept_clients() {
    while (waiting_.size() < most_waiting) {
        FileDescriptor socket(
            ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                accept_again_ = std::chrono::steady_clock::now() + pause_without_descriptors;
                tell("turned away", "no descriptor is left for it");
            }
            return;
        }
        if (session_) {
            waiting_.push_back(
                {std::move(socket), std::chrono::steady_clock::now() + options_.handover});
        } else {
            begin_session(std::move(socket));
        }
    }
}

void Server::refuse_those_who_waited_long() {
    const auto now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && waiting_.front().refuse_at <= now) {
        refuse(std::move(waiting_.front().socket));
        waiting_.erase(waiting_.begin());
    }
}

// Its first message has had time to arrive; whoever has sent none gets no answer either.
void Server::refuse(FileDescriptor socket) {
    constexpr std::size_t longest_first_message = 128 * 1024;
    MessageStream stream(std::move(socket), longest_first_message);
    Message request;
    if (stream.receive(MSG_DONTWAIT) == Progress::done && stream.next(request) == Progress::done &&
        !request.is_reply()) {
        protocol::Header header{.id = request.header.id,
                                .command = request.header.command,
                                .size = sizeof header,
                                .flags = protocol::type_reply | protocol::flag_error,
                                .error = EBUSY};
        const iovec part{&header, sizeof header};
        std::size_t sent = 0;
        // It either takes these 16 bytes now or finds the connection closed.
        [[maybe_unused]] const auto progress = stream.send_some({&part, 1}, {}, sent);
    }
    tell("turned away", "another one is being served");
}

void Server::tell(const char* what, const std::string& detail) const {
    if (!options_.trace) return;
    std::string text = what;
    if (!detail.empty()) text += ": " + detail;
    card_->trace({.kind = TraceEvent::Kind::client, .text = text});
}

}  // namespace openbar::simulator::vfio_user
