// A session as a stream of messages; what each asks for is in session_requests.cpp.
#include "simulator/vfio_user/session.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;
using protocol::Command;

}  // namespace

Session::Session(Card& card, FileDescriptor socket, const Limits& limits)
    : card_(card),
      memory_messages_{
          .read = [this](auto iova,
                         auto bytes) { return move_by_message(iova, bytes, Command::dma_read); },
          .write = [this](auto iova,
                          auto bytes) { return move_by_message(iova, bytes, Command::dma_write); }},
      memory_(card.dma(), memory_messages_),
      limits_(limits),
      stream_(std::move(socket), largest_message),
      deadline_(std::chrono::steady_clock::now() + limits.negotiation) {
    // Blocking, but not for long: what must not wait at all says so in each call.
    const int flags = ::fcntl(stream_.socket(), F_GETFL);
    ::fcntl(stream_.socket(), F_SETFL, flags & ~O_NONBLOCK);
    const timeval limit{.tv_sec = 0, .tv_usec = std::chrono::microseconds(hot_wait).count()};
    ::setsockopt(stream_.socket(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    card_.begin_use();
}

Session::~Session() {
    card_.end_use();
}

short Session::events() const noexcept {
    // A client that does not take its replies gets no further ones.
    return blocked() ? POLLOUT : POLLIN;
}

Session::State Session::step(bool readable) {
    if (blocked()) flush();
    if (!blocked() && readable && state_ != State::over) {
        const auto progress = stream_.receive(MSG_DONTWAIT);
        if (progress != Progress::done && progress != Progress::nothing_yet) {
            end_by(progress, stream_);
        }
    }
    take_requests();
    if (state_ != State::over) watch_the_time();
    return state_;
}

Session::State Session::step_waiting(bool& came) {
    const auto progress = stream_.receive(0);
    came = progress == Progress::done;
    if (!came && progress != Progress::nothing_yet) end_by(progress, stream_);
    take_requests();
    const bool idle = !blocked() && !stream_.in_a_message();
    if (state_ != State::over && !idle) watch_the_time();
    return state_;
}

void Session::watch_the_time() {
    const auto now = std::chrono::steady_clock::now();
    if (deadline_ && now >= *deadline_) {
        end(state_ == State::negotiating ? "it has not said which version it speaks"
            : blocked()                  ? "it does not take its replies"
                                         : "it began a message and did not end it");
    } else if (state_ == State::ready) {
        // Each new piece of a message does not buy new time; a whole message does.
        if (!blocked() && !stream_.in_a_message())
            deadline_.reset();
        else if (!deadline_)
            deadline_ = now + limits_.message;
    }
}

// What is there, until it is used up or the client takes no more replies.
void Session::take_requests() {
    while (state_ != State::over && !blocked()) {
        if (!deferred_.empty()) {
            Deferred request = std::move(deferred_.front());
            deferred_.pop_front();
            deferred_bytes_ -= request.payload.size();
            Message message{request.header, request.payload, std::move(request.descriptors)};
            handle(message);
            continue;
        }
        if (!stream_.in_a_message()) return;
        const auto progress = stream_.next(message_);
        if (progress == Progress::nothing_yet) return;
        if (progress != Progress::done) return end_by(progress, stream_);
        if (state_ == State::ready) deadline_.reset();
        handle(message_);
    }
}

void Session::handle(Message& request) {
    if (request.is_reply()) {
        if (late_ == request.header.id) return late_.reset();
        return end("it sent a reply to nothing");
    }
    if (state_ == State::negotiating) return negotiate(request);
    outgoing_.clear();
    const Answer answer = dispatch(request);
    if (state_ != State::over) reply(request, answer);
}

void Session::reply(const Message& request, const Answer& answer) {
    if ((request.header.flags & protocol::flag_no_reply) != 0) return;
    const bool failed = answer.error != 0;
    const std::size_t payload = failed || !answer.bytes ? 0 : answer.bytes->size();
    protocol::Header header{.id = request.header.id,
                            .command = request.header.command,
                            .size = static_cast<std::uint32_t>(sizeof header + payload),
                            .flags = protocol::type_reply | (failed ? protocol::flag_error : 0),
                            .error = static_cast<std::uint32_t>(answer.error)};
    const std::array<iovec, 2> parts{
        {{&header, sizeof header}, {payload ? answer.bytes->data() : nullptr, payload}}};
    const bool has_descriptor = !failed && answer.descriptor >= 0;
    std::size_t sent = 0;
    const auto progress = stream_.send_some(
        parts, std::span<const int>(&answer.descriptor, has_descriptor ? 1 : 0), sent);
    if (progress == Progress::nothing_yet && has_descriptor) {
        return end("it does not take its replies");
    }
    if (progress != Progress::done && progress != Progress::nothing_yet) {
        return end_by(progress, stream_);
    }
    for (const iovec& part : parts) {
        const auto* bytes = static_cast<const std::byte*>(part.iov_base);
        const std::size_t skipped = std::min(sent, part.iov_len);
        unsent_.insert(unsent_.end(), bytes + skipped, bytes + part.iov_len);
        sent -= skipped;
    }
}

void Session::flush() {
    const iovec part{unsent_.data(), unsent_.size()};
    std::size_t sent = 0;
    const auto progress = stream_.send_some({&part, 1}, {}, sent);
    if (progress != Progress::done && progress != Progress::nothing_yet) {
        return end_by(progress, stream_);
    }
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent));
    if (unsent_.empty()) deadline_.reset();
}

void Session::end(std::string reason) {
    if (state_ == State::over) return;
    state_ = State::over;
    reason_ = std::move(reason);
}

void Session::end_by(Progress progress, const MessageStream& stream) {
    switch (progress) {
        case Progress::closed:
            return end(stream.in_a_message() ? "it closed the connection in the middle of a message"
                                             : "it closed the connection");
        case Progress::malformed: return end(fmt::format("it sent {}", stream.fault()));
        case Progress::nothing_yet: return end("it does not answer");
        default:
            return end(std::error_code(stream.system_error(), std::generic_category()).message());
    }
}

}  // namespace openbar::simulator::vfio_user
