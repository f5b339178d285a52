#include "vfio_user/connection.hpp"

#include "base/failure.hpp"
#include "base/quiet_thread.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace openbar::vfio_user {
namespace {

/// Headers, structures and the longest list of capabilities that `region` asks for.
constexpr std::size_t besides_data = 128 * 1024;
/// More requests than this left unanswered mean that nothing will come any more.
constexpr std::size_t most_abandoned = 1024;

bool set_blocking_with_timeout(int socket, std::chrono::milliseconds timeout) {
    const int flags = ::fcntl(socket, F_GETFL);
    if (flags < 0 || ::fcntl(socket, F_SETFL, flags & ~O_NONBLOCK) != 0) return false;
    const auto milliseconds = std::max<long long>(timeout.count(), 1);
    timeval limit{};
    limit.tv_sec = static_cast<time_t>(milliseconds / 1000);
    limit.tv_usec = static_cast<suseconds_t>(milliseconds % 1000 * 1000);
    return ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0;
}

Error error_of(ErrorCode code, std::string cause, std::string remedy = {}) {
    return Error{code, {}, std::move(cause), std::move(remedy), 0};
}

Error reply_to_nothing(const Message& reply) {
    return error_of(ErrorCode::protocol,
                    fmt::format("the server sent a reply to nothing (number {}, command {})",
                                reply.header.id, static_cast<unsigned>(reply.header.command)));
}

}  // namespace

Error refusal(const Message& reply) {
    const int number = static_cast<int>(reply.header.error);
    if (number <= 0 || number > 4095) {
        return error_of(ErrorCode::io, "the server refuses it and gives no reason");
    }
    Error error = error_of(
        code_of_errno(number),
        "the server refuses it: " + std::error_code(number, std::generic_category()).message());
    error.system_error = number;
    return error;
}

Connection::Connection(FileDescriptor socket, std::string name, std::chrono::milliseconds timeout,
                       std::uint64_t max_transfer)
    : name_(std::move(name)),
      timeout_(timeout),
      dma_(max_transfer),
      stream_(std::move(socket), static_cast<std::size_t>(max_transfer) + besides_data) {}

Connection::~Connection() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    // The eventfd is ours and its counter far from full: this cannot fail.
    [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
    thread_.join();
}

Result<void> Connection::prepare() {
    int type = 0;
    socklen_t length = sizeof type;
    const bool is_socket = ::getsockopt(stream_.socket(), SOL_SOCKET, SO_TYPE, &type, &length) == 0;
    if (!is_socket || type != SOCK_STREAM) {
        return failure(
            ErrorCode::invalid_argument, {},
            is_socket ? "the socket is not a stream socket" : "the descriptor is not a socket");
    }
    if (!set_blocking_with_timeout(stream_.socket(), timeout_)) {
        return system_failure(errno, {}, "setting up the socket");
    }
    return {};
}

void Connection::use_twin(FileDescriptor socket) {
    twin_.emplace(std::move(socket), stream_.largest_message());
}

Error Connection::give_up(Error error) {
    const std::scoped_lock lock(fault_mutex_);
    if (!fault_) fault_ = error;
    broken_.store(true, std::memory_order_release);
    // Whoever waits for a reply is woken; the descriptor itself lives as long as this object.
    ::shutdown(stream_.socket(), SHUT_RDWR);
    return error;
}

std::optional<Error> Connection::given_up() const {
    if (!broken_.load(std::memory_order_acquire)) return std::nullopt;
    const std::scoped_lock lock(fault_mutex_);
    Error error = *fault_;
    if (error.code != ErrorCode::removed) {
        error.cause = "the connection was given up earlier: " + error.cause;
    }
    error.code = ErrorCode::removed;
    return error;
}

Error Connection::explain(Progress progress, const MessageStream& stream,
                          const char* while_doing) const {
    switch (progress) {
        case Progress::closed:
            return error_of(ErrorCode::removed,
                            stream.in_a_message()
                                ? "the server closed the connection in the middle of a message"
                                : "the server has closed the connection",
                            "see what became of the server, start it again and reconnect");
        case Progress::malformed:
            return error_of(ErrorCode::protocol, fmt::format("the server sent {}", stream.fault()));
        case Progress::nothing_yet:
            return error_of(ErrorCode::timed_out,
                            fmt::format("{} for {} ms", while_doing, timeout_.count()));
        default: break;
    }
    Error error =
        error_of(code_of_errno(stream.system_error()),
                 std::error_code(stream.system_error(), std::generic_category()).message());
    error.system_error = stream.system_error();
    return error;
}

// False where the answer could not be sent.
bool Connection::serve(MessageStream& stream, const Message& request, Deadline deadline,
                       std::vector<std::byte>& reply) {
    dma_.answer(request, reply);
    if (reply.empty()) return true;
    const auto progress = stream.send_bytes(reply, deadline);
    if (progress == Progress::done) return true;
    give_up(explain(progress, stream, "the server did not take the answer to its DMA request"));
    return false;
}

bool Connection::is_late_reply(const Message& message) {
    const auto found = std::ranges::find(abandoned_, message.header.id);
    if (found == abandoned_.end()) return false;
    abandoned_.erase(found);
    return true;
}

Connection::Turn::Turn(Connection& connection)
    : connection_(connection),
      lock_(connection.mutex_),
      deadline_(std::chrono::steady_clock::now() + connection.timeout_) {
    connection.turns_.fetch_add(1, std::memory_order_relaxed);
    connection.outgoing_.clear();
}

Connection::Turn::~Turn() {
    auto& abandoned = connection_.abandoned_;
    for (unsigned i = 0; outstanding_ != 0; ++i, outstanding_ >>= 1) {
        if ((outstanding_ & 1) != 0) abandoned.push_back(static_cast<std::uint16_t>(first_id_ + i));
    }
    if (abandoned.size() > most_abandoned) {
        connection_.give_up(error_of(ErrorCode::timed_out, "it left too many requests unanswered"));
        abandoned.clear();
    }
    // A request of the server's may have come right behind our reply. Nothing would wake
    // anybody for it once it is in our buffer.
    connection_.answer_what_is_here();
    connection_.turns_.fetch_add(1, std::memory_order_relaxed);
}

// Numbers that no request still under way has.
void Connection::Turn::reserve_ids(unsigned count) {
    auto taken = [&](std::uint16_t id) {
        return static_cast<std::uint16_t>(id - first_id_) < count;
    };
    do {
        first_id_ = static_cast<std::uint16_t>(connection_.last_id_ + 1);
        connection_.last_id_ = static_cast<std::uint16_t>(connection_.last_id_ + count);
    } while (std::ranges::any_of(connection_.abandoned_, taken));
}

Result<void> Connection::Turn::check_sent(Progress progress) {
    if (progress == Progress::done) return {};
    // Part of a message may be on its way: nothing sensible can follow it.
    return std::unexpected(connection_.give_up(
        connection_.explain(progress, connection_.stream_, "the server did not take the request")));
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
    if (auto error = connection_.given_up()) return std::unexpected(std::move(*error));
    reserve_ids(1);
    protocol::Header header{.id = first_id_, .command = command};
    auto sent = check_sent(connection_.stream_.send(header, parts, descriptors, deadline_));
    if (!sent) return std::unexpected(std::move(sent).error());
    outstanding_ = 1;
    const bool is_access =
        command == protocol::Command::region_read || command == protocol::Command::region_write;
    auto reply = await(may_block, !is_access);
    if (reply && (*reply)->is_error()) return std::unexpected(refusal(**reply));
    return reply;
}

Result<void> Connection::Turn::post(protocol::Command command, std::span<const iovec> parts) {
    if (auto error = connection_.given_up()) return std::unexpected(std::move(*error));
    protocol::Header header{.command = command, .flags = protocol::flag_no_reply};
    return check_sent(connection_.stream_.send(header, parts, {}, deadline_));
}

void Connection::Turn::add(protocol::Command command, std::span<const iovec> parts,
                           bool with_reply) {
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
    auto append = [&](const void* data, std::size_t size) {
        const auto* bytes = static_cast<const std::byte*>(data);
        connection_.outgoing_.insert(connection_.outgoing_.end(), bytes, bytes + size);
    };
    append(&header, sizeof header);
    for (const iovec& part : parts) append(part.iov_base, part.iov_len);
}

Result<void> Connection::Turn::send() {
    if (auto error = connection_.given_up()) {
        outstanding_ = 0;
        return std::unexpected(std::move(*error));
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
    return connection_.explain(Progress::nothing_yet, connection_.stream_,
                               "the server has not answered");
}

// Decides what a message is: a request of the server's (answered here), the reply of a request
// that was given up, one of ours, or a fault.
std::optional<Error> Connection::Turn::sort(Message& message, bool& is_ours) {
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
    MessageStream& stream = connection_.stream_;
    Message& message = connection_.message_;
    for (;;) {
        auto progress = stream.in_a_message() ? stream.next(message) : Progress::nothing_yet;
        if (progress == Progress::done) {
            bool is_ours = false;
            if (auto error = sort(message, is_ours)) return std::unexpected(std::move(*error));
            if (is_ours) return &message;
            // A server that never stops asking does not keep this call for ever.
            if (std::chrono::steady_clock::now() >= deadline_) return std::unexpected(timed_out());
            continue;
        }
        if (progress == Progress::nothing_yet && may_block) {
            may_block = false;
            progress = with_descriptors ? stream.receive(0) : stream.receive_bytes(0);
        } else if (progress == Progress::nothing_yet) {
            progress = stream.wait_readable(deadline_);
            if (progress == Progress::nothing_yet) return std::unexpected(timed_out());
            if (progress == Progress::done) progress = stream.receive(MSG_DONTWAIT);
        }
        if (progress != Progress::done && progress != Progress::nothing_yet) {
            // Another thread may have found the reason, and closed the socket because of it.
            if (auto error = connection_.given_up()) return std::unexpected(std::move(*error));
            return std::unexpected(connection_.give_up(connection_.explain(progress, stream, "")));
        }
    }
}

Result<void> Connection::serve_in_background() {
    const std::scoped_lock lock(thread_mutex_);
    if (thread_.joinable()) return {};
    stop_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
    if (!stop_) return system_failure(errno, {}, "eventfd");
    auto thread = start_quiet_thread([this] { twin_ ? serve_twin() : serve_between_calls(); });
    if (!thread) return std::unexpected(std::move(thread).error());
    thread_ = std::move(*thread);
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
                give_up(error_of(ErrorCode::protocol,
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
    while (wait_for(stream_.socket(), -1)) {
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
    const std::scoped_lock lock(mutex_);
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
