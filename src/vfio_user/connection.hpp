/// A client's side of one connection: requests and their replies, and the server's own requests
/// in between.
///
///     Connection::Turn turn(connection);                       // this thread's turn
///     OPENBAR_TRY(reply, turn.exchange(Command::region_read, {{part}}));
///     reply->get(structure);                                   // valid while the turn lasts
///
/// A round trip is one sendmsg and one recvmsg of the calling thread: the socket's receive
/// timeout bounds the wait, so that no poll is needed, and nothing is allocated.
#pragma once

#include "openbar/result.hpp"

#include "base/mutex.hpp"
#include "vfio_user/dma_table.hpp"
#include "vfio_user/message_stream.hpp"

#include <sys/uio.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace openbar::vfio_user {

class Connection {
public:
    class Turn;

    /// `name` is what errors call the server.
    Connection(FileDescriptor socket, std::string name, std::chrono::milliseconds timeout,
               std::uint64_t max_transfer);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Makes the socket ready: blocking, with the receive timeout. Once, first.
    [[nodiscard]] Result<void> prepare();
    /// From now on the server's requests come on this socket, not on the main one. In a turn.
    void use_twin(FileDescriptor socket);
    /// Starts the thread that answers the server while no call is under way, if it does not run.
    [[nodiscard]] Result<void> serve_in_background();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] int socket() const noexcept { return socket_; }
    [[nodiscard]] DmaTable& dma() noexcept { return dma_; }

    /// Ends the connection because of `error`, which later calls return.
    Error give_up(Error error);

private:
    /// Called by a turn, which holds the mutex for as long as it lasts.
    void in_a_turn() const noexcept OPENBAR_ASSERTS(mutex_) {}
    [[nodiscard]] std::optional<Error> given_up() const;
    [[nodiscard]] Error explain(Progress progress, const MessageStream& stream,
                                const char* while_doing) const;
    [[nodiscard]] bool serve(MessageStream& stream, const Message& request, Deadline deadline,
                             std::vector<std::byte>& reply);
    [[nodiscard]] bool is_late_reply(const Message& message) OPENBAR_REQUIRES(mutex_);
    void serve_twin();
    void serve_between_calls();
    [[nodiscard]] bool answer_what_came();
    bool answer_what_is_here() OPENBAR_REQUIRES(mutex_);
    [[nodiscard]] bool wait_for(int descriptor, int milliseconds) const;

    std::string name_;
    std::chrono::milliseconds timeout_;
    DmaTable dma_;

    Mutex mutex_;       // whose turn it is
    const int socket_;  // that of the stream, which no turn changes
    MessageStream stream_ OPENBAR_GUARDED_BY(mutex_);
    Message message_ OPENBAR_GUARDED_BY(mutex_);
    std::vector<std::byte> outgoing_ OPENBAR_GUARDED_BY(mutex_);  // pipelined requests
    std::vector<std::byte> dma_reply_ OPENBAR_GUARDED_BY(mutex_);
    // Requests that timed out and may yet be answered.
    std::vector<std::uint16_t> abandoned_ OPENBAR_GUARDED_BY(mutex_);
    std::uint16_t last_id_ OPENBAR_GUARDED_BY(mutex_) = 0;
    std::atomic<std::uint64_t> turns_{0};  // odd during one; read without the mutex

    std::atomic<bool> broken_{false};
    mutable Mutex fault_mutex_;
    std::optional<Error> fault_ OPENBAR_GUARDED_BY(fault_mutex_);

    std::optional<MessageStream> twin_;
    FileDescriptor stop_;
    Mutex thread_mutex_;
    std::thread thread_ OPENBAR_GUARDED_BY(thread_mutex_);
};

/// One thread's exclusive use of the connection.
class Connection::Turn {
public:
    explicit Turn(Connection& connection);
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

    /// Sends one request and waits for its reply. An error that the server replies with is an
    /// Error here.
    [[nodiscard]] Result<Message*> exchange(protocol::Command command, std::span<const iovec> parts,
                                            std::span<const int> descriptors = {});
    /// With a separate time limit, for what began before this call.
    [[nodiscard]] Result<Message*> exchange_until(Deadline deadline, protocol::Command command,
                                                  std::span<const iovec> parts);

    /// Sends one request that asks for no reply.
    [[nodiscard]] Result<void> post(protocol::Command command, std::span<const iovec> parts);

    /// Pipelining: `add` requests (of which `with_reply` ones get consecutive numbers from 0),
    /// `send` them all, then take each reply, in any order, with `next_reply`.
    static constexpr unsigned most_replies = 64;
    void add(protocol::Command command, std::span<const iovec> parts, bool with_reply);
    [[nodiscard]] Result<void> send();
    /// The reply, be it an error, and in `number` which request it answers.
    [[nodiscard]] Result<Message*> next_reply(unsigned& number);

private:
    [[nodiscard]] Result<Message*> request(protocol::Command command, std::span<const iovec> parts,
                                           std::span<const int> descriptors, bool may_block);
    void reserve_ids(unsigned count);
    [[nodiscard]] Result<Message*> await(bool may_block, bool with_descriptors);
    [[nodiscard]] std::optional<Error> sort(Message& message, bool& is_ours);
    [[nodiscard]] Error timed_out();
    [[nodiscard]] Result<void> check_sent(Progress progress);

    Connection& connection_;
    MutexLock lock_;
    Deadline deadline_;
    // Replies that are awaited carry the numbers first_id_ + i, for each bit i that is set.
    std::uint16_t first_id_ = 0;
    unsigned added_ = 0;
    std::uint64_t outstanding_ = 0;
    unsigned answered_ = 0;  // which one the last reply was for
};

}  // namespace openbar::vfio_user
