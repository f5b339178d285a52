// One thread's turn at a connection: requests, and the replies that belong to them.
#include "base/failure.hpp"
#include "vfio_user/connection.hpp"
#include "vfio_user/connection_errors.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace openbar::vfio_user {
namespace {

/// More requests than this left unanswered mean that nothing will come any more.
constexpr std::size_t most_abandoned = 1024;

void append(std::vector<std::byte>& outgoing, const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    outgoing.insert(outgoing.end(), bytes, bytes + size);
}

}  // namespace

Connection::Turn::Turn(Connection& connection)
    : connection_(connection),
      lock_(connection.mutex_),
      deadline_(std::chrono::steady_clock::now() + connection.timeout_) {
    connection.in_a_turn();
    connection.turns_.fetch_add(1, std::memory_order_relaxed);
    connection.outgoing_.clear();
}

Connection::Turn::~Turn() {
    connection_.in_a_turn();
    auto& abandoned = connection_.abandoned_;
    for (unsigned i = 0; outstanding_ != 0; ++i, outstanding_ >>= 1) {
        if ((outstanding_ & 1) != 0) abandoned.push_back(static_cast<std::uint16_t>(first_id_ + i));
    }
    if (abandoned.size() > most_abandoned) {
        connection_.give_up(failure(ErrorCode::timed_out, "it left too many requests unanswered"));
        abandoned.clear();
    }
    // A request of the server's may have come right behind our reply. Nothing would wake
    // anybody for it once it is in our buffer.
    connection_.answer_what_is_here();
    connection_.turns_.fetch_add(1, std::memory_order_relaxed);
}

// Numbers that no request still under way has.
void Connection::Turn::reserve_ids(unsigned count) {
    connection_.in_a_turn();
    auto taken = [&](std::uint16_t id) {
        return static_cast<std::uint16_t>(id - first_id_) < count;
    };
    do {
        first_id_ = static_cast<std::uint16_t>(connection_.last_id_ + 1);
        connection_.last_id_ = static_cast<std::uint16_t>(connection_.last_id_ + count);
    } while (std::ranges::any_of(connection_.abandoned_, taken));
}

Result<void> Connection::Turn::check_sent(Progress progress) {
    connection_.in_a_turn();
    if (progress == Progress::done) return {};
    // Part of a message may be on its way: nothing sensible can follow it.
    return connection_.give_up(
        connection_.explain(progress, connection_.stream_, "the server did not take the request"));
}

Result<Message*> Connection::Turn::exchange(protocol::Command command, std::span<const iovec> parts,
                                            std::span<const int> descriptors) {
    return request(command, parts, descriptors, true);
}

Result<Message*> Connection::Turn::exchange_until(Deadline deadline, protocol::Command command,
                                                  std::span<const iovec> parts) {
    deadline_ = deadline;
    return request(command, parts, {}, false);
}

Result<Message*> Connection::Turn::request(protocol::Command command, std::span<const iovec> parts,
                                           std::span<const int> descriptors, bool may_block) {
    connection_.in_a_turn();
    if (auto error = connection_.given_up()) return std::move(*error);
    reserve_ids(1);
    protocol::Header header{.id = first_id_, .command = command};
    OPENBAR_TRY(sent, check_sent(connection_.stream_.send(header, parts, descriptors, deadline_)));
    outstanding_ = 1;
    const bool is_access =
        command == protocol::Command::region_read || command == protocol::Command::region_write;
    auto reply = await(may_block, !is_access);
    if (reply && (*reply)->is_error()) return refusal(**reply);
    return reply;
}

Result<void> Connection::Turn::post(protocol::Command command, std::span<const iovec> parts) {
    connection_.in_a_turn();
    if (auto error = connection_.given_up()) return std::move(*error);
    protocol::Header header{.command = command, .flags = protocol::flag_no_reply};
    return check_sent(connection_.stream_.send(header, parts, {}, deadline_));
}

void Connection::Turn::add(protocol::Command command, std::span<const iovec> parts,
                           bool with_reply) {
    connection_.in_a_turn();
    if (connection_.outgoing_.empty()) {
        reserve_ids(most_replies);
        added_ = 0;
    }
    protocol::Header header{.command = command, .size = sizeof(protocol::Header)};
    for (const iovec& part : parts) header.size += static_cast<std::uint32_t>(part.iov_len);
    if (with_reply) {
        header.id = static_cast<std::uint16_t>(first_id_ + added_);
        outstanding_ |= std::uint64_t{1} << added_++;
    } else {
        header.flags = protocol::flag_no_reply;
    }
    append(connection_.outgoing_, &header, sizeof header);
    for (const iovec& part : parts) append(connection_.outgoing_, part.iov_base, part.iov_len);
}

Result<void> Connection::Turn::send() {
    connection_.in_a_turn();
    if (auto error = connection_.given_up()) {
        outstanding_ = 0;
        return std::move(*error);
    }
    auto sent = check_sent(connection_.stream_.send_bytes(connection_.outgoing_, deadline_));
    connection_.outgoing_.clear();
    return sent;
}

Result<Message*> Connection::Turn::next_reply(unsigned& number) {
    auto reply = await(false, false);
    number = answered_;
    return reply;
}

Error Connection::Turn::timed_out() {
    connection_.in_a_turn();
    return connection_.explain(Progress::nothing_yet, connection_.stream_,
                               "the server has not answered");
}

// Decides what a message is: a request of the server's (answered here), the reply of a request
// that was given up, one of ours, or a fault.
std::optional<Error> Connection::Turn::sort(Message& message, bool& is_ours) {
    connection_.in_a_turn();
    is_ours = false;
    if (!message.is_reply()) {
        if (connection_.serve(connection_.stream_, message, deadline_, connection_.dma_reply_)) {
            return std::nullopt;
        }
        return connection_.given_up();
    }
    const unsigned number = static_cast<std::uint16_t>(message.header.id - first_id_);
    if (number < most_replies && ((outstanding_ >> number) & 1) != 0) {
        outstanding_ &= ~(std::uint64_t{1} << number);
        answered_ = number;
        is_ours = true;
        return std::nullopt;
    }
    if (connection_.is_late_reply(message)) return std::nullopt;
    return connection_.give_up(reply_to_nothing(message));
}

// With `may_block` the first wait is left to the socket's own timeout: one system call.
Result<Message*> Connection::Turn::await(bool may_block, bool with_descriptors) {
    connection_.in_a_turn();
    MessageStream& stream = connection_.stream_;
    Message& message = connection_.message_;
    for (;;) {
        auto progress = stream.in_a_message() ? stream.next(message) : Progress::nothing_yet;
        if (progress == Progress::done) {
            bool is_ours = false;
            if (auto error = sort(message, is_ours)) return std::move(*error);
            if (is_ours) return &message;
            // A server that never stops asking does not keep this call for ever.
            if (std::chrono::steady_clock::now() >= deadline_) return timed_out();
            continue;
        }
        if (progress == Progress::nothing_yet && may_block) {
            may_block = false;
            progress = with_descriptors ? stream.receive(0) : stream.receive_bytes(0);
        } else if (progress == Progress::nothing_yet) {
            progress = stream.wait_readable(deadline_);
            if (progress == Progress::nothing_yet) return timed_out();
            if (progress == Progress::done) progress = stream.receive(MSG_DONTWAIT);
        }
        if (progress != Progress::done && progress != Progress::nothing_yet) {
            // Another thread may have found the reason, and closed the socket because of it.
            if (auto error = connection_.given_up()) return std::move(*error);
            return connection_.give_up(connection_.explain(progress, stream, ""));
        }
    }
}

}  // namespace openbar::vfio_user
