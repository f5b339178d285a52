#include "vfio_user/message_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace openbar::vfio_user {
namespace {

/// Room for many pipelined requests in one recvmsg; larger messages make it grow.
constexpr std::size_t initial_buffer = 64 * 1024;
constexpr std::size_t most_parts = 8;

using ControlBuffer = std::array<std::byte, CMSG_SPACE(Descriptors::capacity * sizeof(int))>;

constexpr int send_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
/// Up to here, copying a message together costs less than having the kernel gather it: this is a
/// twentieth of a register access's round trip.
constexpr std::size_t copied_together = 128;

ssize_t send_message(int socket, std::span<const iovec> parts, std::span<const int> descriptors) {
    alignas(cmsghdr) ControlBuffer control;
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());  // sendmsg only reads it
    message.msg_iovlen = parts.size();
    if (!descriptors.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    return ::sendmsg(socket, &message, send_flags);
}

ssize_t send_bytes_now(int socket, std::span<const iovec> parts) {
    if (parts.size() == 1)
        return ::send(socket, parts.front().iov_base, parts.front().iov_len, send_flags);
    std::array<std::byte, copied_together> together;
    std::size_t size = 0;
    for (const iovec& part : parts) {
        if (part.iov_len > together.size() - size) return send_message(socket, parts, {});
        if (part.iov_len != 0) std::memcpy(together.data() + size, part.iov_base, part.iov_len);
        size += part.iov_len;
    }
    return ::send(socket, together.data(), size, send_flags);
}

}  // namespace

int milliseconds_until(Deadline deadline) noexcept {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<long long>(left.count(), 0, INT_MAX));
}

MessageStream::MessageStream(FileDescriptor socket, std::size_t largest_message)
    : socket_(std::move(socket)),
      largest_message_(largest_message),
      buffer_(std::min(initial_buffer, largest_message)) {}

Progress MessageStream::malformed(const char* fault) noexcept {
    fault_ = fault;
    return Progress::malformed;
}

Progress MessageStream::failed(int number) noexcept {
    if (number == EPIPE || number == ECONNRESET) return Progress::closed;
    system_error_ = number;
    return Progress::failed;
}

// Moves what has arrived to the front where that is needed to receive more of it.
void MessageStream::make_room() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (begin_ > 0 && (end_ == buffer_.size() || begin_ + wanted_ > buffer_.size())) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (begin_ + wanted_ > buffer_.size()) buffer_.resize(begin_ + wanted_);
}

Progress MessageStream::receive_bytes(int flags) {
    make_room();
    if (end_ == buffer_.size()) return Progress::nothing_yet;
    return received(::recv(socket_.get(), buffer_.data() + end_, buffer_.size() - end_, flags));
}

// What `recv` or `recvmsg` returned.
Progress MessageStream::received(ssize_t count) {
    if (count < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Progress::nothing_yet;
        return failed(errno);
    }
    end_ += static_cast<std::size_t>(count);
    return count == 0 ? Progress::closed : Progress::done;
}

Progress MessageStream::receive(int flags) {
    make_room();
    if (end_ == buffer_.size()) return Progress::nothing_yet;
    alignas(cmsghdr) ControlBuffer control;
    iovec part{buffer_.data() + end_, buffer_.size() - end_};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto outcome = received(::recvmsg(socket_.get(), &message, flags | MSG_CMSG_CLOEXEC));
    if (outcome == Progress::done && message.msg_controllen > 0)
        return take_control(message.msg_control, message.msg_controllen,
                            (message.msg_flags & MSG_CTRUNC) != 0, position_ + (end_ - begin_) - 1);
    return outcome;
}

Progress MessageStream::take_control(const void* control, std::size_t length, bool truncated,
                                     std::uint64_t last_byte) {
    msghdr message{};
    message.msg_control = const_cast<void*>(control);  // the macros below only read
    message.msg_controllen = length;
    Descriptors taken;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
            taken.add(FileDescriptor(number));
        }
    }
    if (truncated) {
        return malformed(
            "more descriptors with one message than were agreed on, or than this "
            "process may have open (ulimit -n)");
    }
    if (taken.size() == 0) return Progress::done;
    if (arrived_count_ == arrived_.size()) return malformed("descriptors that belong to nothing");
    arrived_[arrived_count_++] = {last_byte, std::move(taken)};
    return Progress::done;
}

Progress MessageStream::next(Message& message) {
    message.descriptors.clear();
    wanted_ = 0;
    const std::size_t available = end_ - begin_;
    if (available < sizeof(protocol::Header)) return Progress::nothing_yet;
    std::memcpy(&message.header, buffer_.data() + begin_, sizeof(protocol::Header));
    const std::size_t size = message.header.size;
    if (size < sizeof(protocol::Header)) return malformed("a message shorter than its own header");
    if (size > largest_message_) return malformed("a message longer than was agreed on");
    if (available < size) {
        wanted_ = size;
        return Progress::nothing_yet;
    }
    message.payload = {buffer_.data() + begin_ + sizeof(protocol::Header),
                       size - sizeof(protocol::Header)};
    begin_ += size;
    position_ += size;
    std::size_t taken = 0;
    while (taken < arrived_count_ && arrived_[taken].last_byte < position_) {
        if (message.descriptors.size() > 0) return malformed("descriptors twice in one message");
        message.descriptors = std::move(arrived_[taken++].descriptors);
    }
    if (taken > 0) {
        std::move(arrived_.begin() + static_cast<std::ptrdiff_t>(taken),
                  arrived_.begin() + static_cast<std::ptrdiff_t>(arrived_count_), arrived_.begin());
        arrived_count_ -= taken;
    }
    return Progress::done;
}

Progress MessageStream::send_some(std::span<const iovec> parts, std::span<const int> descriptors,
                                  std::size_t& sent) {
    sent = 0;
    for (;;) {
        const ssize_t count = descriptors.empty() ? send_bytes_now(socket_.get(), parts)
                                                  : send_message(socket_.get(), parts, descriptors);
        if (count >= 0) {
            sent = static_cast<std::size_t>(count);
            return Progress::done;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return Progress::nothing_yet;
        if (errno != EINTR) return failed(errno);
    }
}

Progress MessageStream::send_all(std::span<iovec> parts, std::span<const int> descriptors,
                                 Deadline deadline) {
    while (!parts.empty()) {
        std::size_t sent = 0;
        auto progress = send_some(parts, descriptors, sent);
        if (progress == Progress::nothing_yet) progress = wait_writable(deadline);
        if (progress != Progress::done) return progress;
        if (sent > 0) descriptors = {};
        while (!parts.empty() && sent >= parts.front().iov_len) {
            sent -= parts.front().iov_len;
            parts = parts.subspan(1);
        }
        if (parts.empty()) break;
        parts.front().iov_base = static_cast<std::byte*>(parts.front().iov_base) + sent;
        parts.front().iov_len -= sent;
    }
    return Progress::done;
}

Progress MessageStream::send(protocol::Header& header, std::span<const iovec> parts,
                             std::span<const int> descriptors, Deadline deadline) {
    std::array<iovec, most_parts> all;
    std::size_t size = sizeof header;
    all[0] = {&header, sizeof header};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        all[i + 1] = parts[i];
        size += parts[i].iov_len;
    }
    header.size = static_cast<std::uint32_t>(size);
    return send_all({all.data(), parts.size() + 1}, descriptors, deadline);
}

Progress MessageStream::send_bytes(std::span<const std::byte> bytes, Deadline deadline) {
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};  // sendmsg only reads it
    return send_all({&part, 1}, {}, deadline);
}

Progress MessageStream::wait_writable(Deadline deadline) {
    for (;;) {
        const int left = milliseconds_until(deadline);
        if (left == 0) return Progress::nothing_yet;
        make_room();
        pollfd state{socket_.get(), POLLOUT, 0};
        if (end_ < buffer_.size()) state.events |= POLLIN;
        if (::poll(&state, 1, left) < 0 && errno != EINTR) return failed(errno);
        if ((state.revents & (POLLOUT | POLLERR | POLLNVAL)) != 0) return Progress::done;
        if ((state.revents & (POLLIN | POLLHUP)) != 0) {
            const auto progress = receive(MSG_DONTWAIT);
            if (progress != Progress::done && progress != Progress::nothing_yet) return progress;
        }
    }
}

Progress MessageStream::wait_readable(Deadline deadline) {
    for (;;) {
        const int left = milliseconds_until(deadline);
        if (left == 0) return Progress::nothing_yet;
        pollfd state{socket_.get(), POLLIN, 0};
        const int ready = ::poll(&state, 1, left);
        if (ready > 0) return Progress::done;
        if (ready < 0 && errno != EINTR) return failed(errno);
    }
}

}  // namespace openbar::vfio_user
