// A connection's beginning and end; its calls are in turn.cpp, what the server asks for between
// them in connection_background.cpp.
#include "vfio_user/connection.hpp"

#include "base/failure.hpp"
#include "vfio_user/connection_errors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace openbar::vfio_user {
namespace {

/// Headers, structures and the longest list of capabilities that `region` asks for.
constexpr std::size_t besides_data = 128 * 1024;

bool set_blocking_with_timeout(int socket, std::chrono::milliseconds timeout) {
    const int flags = ::fcntl(socket, F_GETFL);
    if (flags < 0 || ::fcntl(socket, F_SETFL, flags & ~O_NONBLOCK) != 0) return false;
    const auto milliseconds = std::max<long long>(timeout.count(), 1);
    timeval limit{};
    limit.tv_sec = static_cast<time_t>(milliseconds / 1000);
    limit.tv_usec = static_cast<suseconds_t>(milliseconds % 1000 * 1000);
    return ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0;
}

}  // namespace

Connection::Connection(FileDescriptor socket, std::string name, std::chrono::milliseconds timeout,
                       std::uint64_t max_transfer)
    : name_(std::move(name)),
      timeout_(timeout),
      dma_(max_transfer),
      socket_(socket.get()),
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
    const bool is_socket = ::getsockopt(socket_, SOL_SOCKET, SO_TYPE, &type, &length) == 0;
    if (!is_socket || type != SOCK_STREAM) {
        return failure(ErrorCode::invalid_argument, is_socket ? "the socket is not a stream socket"
                                                              : "the descriptor is not a socket");
    }
    if (!set_blocking_with_timeout(socket_, timeout_)) {
        return system_failure(errno, "setting up the socket");
    }
    return {};
}

void Connection::use_twin(FileDescriptor socket) {
    in_a_turn();
    twin_.emplace(std::move(socket), stream_.largest_message());
}

Error Connection::give_up(Error error) {
    const MutexLock lock(fault_mutex_);
    if (!fault_) fault_ = error;
    broken_.store(true, std::memory_order_release);
    // Whoever waits for a reply is woken; the descriptor itself lives as long as this object.
    ::shutdown(socket_, SHUT_RDWR);
    return error;
}

std::optional<Error> Connection::given_up() const {
    if (!broken_.load(std::memory_order_acquire)) return std::nullopt;
    const MutexLock lock(fault_mutex_);
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
            return failure(ErrorCode::removed,
                           stream.in_a_message()
                               ? "the server closed the connection in the middle of a message"
                               : "the server has closed the connection",
                           "see what became of the server, start it again and reconnect");
        case Progress::malformed:
            return failure(ErrorCode::protocol, fmt::format("the server sent {}", stream.fault()));
        case Progress::nothing_yet:
            return failure(ErrorCode::timed_out,
                           fmt::format("{} for {} ms", while_doing, timeout_.count()));
        default: break;
    }
    return system_failure(stream.system_error());
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

}  // namespace openbar::vfio_user
