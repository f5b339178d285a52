/// Messages and their descriptors on a stream socket, for both sides and against a hostile peer.
///
///     MessageStream stream(std::move(socket), largest_message);
///     stream.send(header, {{payload}}, descriptors, deadline);
///     while (!stream.next(message)) stream.receive(flags);
///
/// One `recvmsg` takes as much as has arrived: usually a whole message, of pipelined ones many.
/// Nothing is allocated but when a message larger than any before it arrives, and never more than
/// the largest that the owner allows. Not thread-safe.
///
/// Which message descriptors belong to: Linux ends a `recvmsg` behind the packet that carried
/// them (unix(7), "sockets API"), so they belong to the message that holds the last byte of it.
#pragma once

#include "base/file_descriptor.hpp"
#include "vfio_user/descriptors.hpp"
#include "vfio_user/protocol.hpp"

#include <sys/uio.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace openbar::vfio_user {

using Deadline = std::chrono::steady_clock::time_point;

/// A message that lies in the stream's buffer: valid until the next `receive` or `next`.
struct Message {
    protocol::Header header;
    std::span<const std::byte> payload;
    Descriptors descriptors;

    [[nodiscard]] bool is_reply() const noexcept {
        return (header.flags & protocol::type_mask) == protocol::type_reply;
    }
    [[nodiscard]] bool is_error() const noexcept {
        return (header.flags & protocol::flag_error) != 0;
    }
    /// The structure at the payload's start; false where the payload is shorter than that.
    template <typename T>
    [[nodiscard]] bool get(T& structure) const noexcept {
        if (payload.size() < sizeof(T)) return false;
        std::memcpy(&structure, payload.data(), sizeof(T));
        return true;
    }
};

/// How far an operation on the stream came.
enum class Progress : std::uint8_t {
    done,
    nothing_yet,  ///< it would have to wait, and was told not to or waited long enough
    closed,       ///< the peer closed the connection, or half of it died under a message
    malformed,    ///< what came cannot be a message; `fault` says why
    failed,       ///< a system call failed; `system_error` says how
};

class MessageStream {
public:
    MessageStream(FileDescriptor socket, std::size_t largest_message);

    [[nodiscard]] int socket() const noexcept { return socket_.get(); }
    [[nodiscard]] std::size_t largest_message() const noexcept { return largest_message_; }

    /// One receive with these flags (MSG_DONTWAIT or 0). `done`: something came.
    [[nodiscard]] Progress receive(int flags);
    /// The same where no descriptors belong to what is waited for. The kernel closes any that come
    /// all the same, and has less to do.
    [[nodiscard]] Progress receive_bytes(int flags);
    /// The next whole message. `nothing_yet` where more has to be received first.
    [[nodiscard]] Progress next(Message& message);
    /// Whether a message has begun to arrive and is not whole.
    [[nodiscard]] bool in_a_message() const noexcept { return begin_ != end_; }

    /// Sends one message: `header` (whose size this fills in), then the parts, with descriptors.
    /// Waits for room until `deadline`, and takes in what the peer sends meanwhile, so that two
    /// sides that both send do not wait for each other.
    [[nodiscard]] Progress send(protocol::Header& header, std::span<const iovec> parts,
                                std::span<const int> descriptors, Deadline deadline);
    /// Sends ready-made bytes, whole messages, in the same way.
    [[nodiscard]] Progress send_bytes(std::span<const std::byte> bytes, Deadline deadline);
    /// As much as goes without waiting. `sent` counts bytes; descriptors go with the first.
    [[nodiscard]] Progress send_some(std::span<const iovec> parts, std::span<const int> descriptors,
                                     std::size_t& sent);

    /// Waits until the socket can be read. `nothing_yet`: not before the deadline.
    [[nodiscard]] Progress wait_readable(Deadline deadline);

    [[nodiscard]] const char* fault() const noexcept { return fault_; }
    [[nodiscard]] int system_error() const noexcept { return system_error_; }

private:
    struct Arrived {
        std::uint64_t last_byte = 0;  // position in the stream that they came with
        Descriptors descriptors;
    };

    [[nodiscard]] Progress take_control(const void* control, std::size_t length, bool truncated,
                                        std::uint64_t last_byte);
    [[nodiscard]] Progress send_all(std::span<iovec> parts, std::span<const int> descriptors,
                                    Deadline deadline);
    [[nodiscard]] Progress wait_writable(Deadline deadline);
    [[nodiscard]] Progress malformed(const char* fault) noexcept;
    [[nodiscard]] Progress received(ssize_t count);
    [[nodiscard]] Progress failed(int number) noexcept;
    void make_room();

    FileDescriptor socket_;
    std::size_t largest_message_;
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0;  // what has arrived and was not taken: [begin_, end_)
    std::size_t end_ = 0;
    std::uint64_t position_ = 0;  // of begin_ in the stream
    std::size_t wanted_ = 0;      // size of the message that begins at begin_, where known
    std::array<Arrived, 4> arrived_;
    std::size_t arrived_count_ = 0;
    const char* fault_ = "";
    int system_error_ = 0;
};

/// Milliseconds until the deadline, rounded up, for poll(); 0 once it has passed.
[[nodiscard]] int milliseconds_until(Deadline deadline) noexcept;

}  // namespace openbar::vfio_user
