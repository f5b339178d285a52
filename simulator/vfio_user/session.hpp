/// One client's connection to a card: its messages, from the first to the last.
///
///     Session session(card, std::move(socket), limits);
///     // whenever the socket is ready, or `deadline` has passed:
///     if (session.step() == Session::State::over) std::cerr << session.reason();
///
/// Everything a client sends is checked; what breaks the protocol ends its session, and what
/// merely makes no sense gets an error reply. A session never waits for its client, with one
/// exception: while the model moves memory that can only be had by message, for at most
/// `Limits::answer`. A transfer that the client does not answer in time fails, and so do all others
/// until that answer has come.
#pragma once

#include "simulator/host/card.hpp"
#include "simulator/vfio_user/client_memory.hpp"
#include "vfio_user/message_stream.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace openbar::simulator::vfio_user {

using openbar::vfio_user::Deadline;
using openbar::vfio_user::Descriptors;
using openbar::vfio_user::Message;
using openbar::vfio_user::MessageStream;
using openbar::vfio_user::Progress;

/// How long a client may take.
struct Limits {
    std::chrono::milliseconds negotiation{3000};  ///< from connecting to a version
    std::chrono::milliseconds message{5000};      ///< for the rest of a message once begun, and to
                                                  ///< take a reply
    std::chrono::milliseconds answer{3000};       ///< to a request for its memory
};

/// As Linux VFIO reports them.
[[nodiscard]] std::uint32_t irq_flags(InterruptKind kind) noexcept;

class Session {
public:
    enum class State : std::uint8_t { negotiating, ready, over };

    Session(Card& card, FileDescriptor socket, const Limits& limits);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    [[nodiscard]] int socket() const noexcept { return stream_.socket(); }
    /// What to poll the socket for.
    [[nodiscard]] short events() const noexcept;
    /// When to call `step` although nothing has happened on the socket.
    [[nodiscard]] std::optional<Deadline> deadline() const noexcept { return deadline_; }
    /// Whether there is work that needs no event first.
    [[nodiscard]] bool has_work() const noexcept {
        return state_ == State::over || (!deferred_.empty() && !blocked());
    }

    State step(bool readable);
    /// Waits for the client alone, for `hot_wait` at most: one system call less for each of many
    /// requests in a row than polling first. `came` says whether something did.
    State step_waiting(bool& came);
    static constexpr std::chrono::milliseconds hot_wait{10};
    /// Whether nothing is due but the client's next request.
    [[nodiscard]] bool only_waits() const noexcept {
        return state_ == State::ready && !deadline_ && !blocked() && deferred_.empty();
    }
    /// Why it is over: "its client has closed the connection".
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

private:
    static constexpr std::uint64_t max_transfer =
        openbar::vfio_user::protocol::default_max_transfer;
    static constexpr std::size_t largest_message = static_cast<std::size_t>(max_transfer) + 4096;

    /// A request that came while the model waited for memory.
    struct Deferred {
        openbar::vfio_user::protocol::Header header;
        std::vector<std::byte> payload;
        Descriptors descriptors;
    };
    /// What a request is answered with: an errno, or these bytes behind the header.
    struct Answer {
        int error = 0;
        std::vector<std::byte>* bytes = nullptr;
        int descriptor = -1;
    };

    void take_requests();
    void watch_the_time();
    void handle(Message& request);
    [[nodiscard]] Answer dispatch(Message& request);
    [[nodiscard]] Answer device_info(const Message& request);
    [[nodiscard]] Answer region_info(const Message& request);
    [[nodiscard]] Answer irq_info(const Message& request);
    [[nodiscard]] Answer set_irqs(Message& request);
    [[nodiscard]] int connect_eventfds(const openbar::vfio_user::protocol::IrqSet& request,
                                       Descriptors& descriptors);
    [[nodiscard]] Answer region_read(const Message& request);
    [[nodiscard]] Answer region_write(const Message& request);
    [[nodiscard]] Answer write_multi(const Message& request);
    [[nodiscard]] Answer dma_map(Message& request);
    [[nodiscard]] Answer dma_unmap(const Message& request);
    void negotiate(Message& request);
    [[nodiscard]] Answer accept_capabilities(std::span<const std::byte> data);

    void reply(const Message& request, const Answer& answer);
    void flush();
    void end(std::string reason);
    void end_by(Progress progress, const MessageStream& stream);
    [[nodiscard]] bool blocked() const noexcept { return !unsent_.empty(); }

    [[nodiscard]] bool move_by_message(std::uint64_t iova, std::span<std::byte> bytes,
                                       openbar::vfio_user::protocol::Command command);
    [[nodiscard]] bool ask(openbar::vfio_user::protocol::Command command, std::uint64_t iova,
                           std::span<std::byte> bytes);
    [[nodiscard]] bool await_answer(MessageStream& stream, std::uint16_t id, Message& answer,
                                    Deadline deadline);
    /// Whether the client has answered at last what it had left unanswered.
    [[nodiscard]] bool take_late_answer(MessageStream& stream);
    [[nodiscard]] bool defer(Message& request);

    template <typename T>
    [[nodiscard]] Answer with(const T& structure) {
        put(structure);
        return {.bytes = &outgoing_};
    }
    template <typename T>
    void put(const T& structure) {
        const auto* bytes = reinterpret_cast<const std::byte*>(&structure);
        outgoing_.insert(outgoing_.end(), bytes, bytes + sizeof structure);
    }

    Card& card_;
    MemoryMessages memory_messages_;
    ClientMemory memory_;
    Limits limits_;
    MessageStream stream_;
    std::optional<MessageStream> twin_;
    State state_ = State::negotiating;
    std::optional<Deadline> deadline_;
    std::string reason_;
    std::uint64_t client_transfer_ = 0;     // bytes in one message that the client takes
    std::uint64_t client_descriptors_ = 1;  // descriptors likewise
    std::uint16_t last_id_ = 0;
    std::optional<std::uint16_t> late_;  // a request for memory that was not answered in time
    Message message_;
    std::vector<std::byte> outgoing_;  // of the reply being made
    std::vector<std::byte> incoming_;  // data of a write, kept while the model acts on it
    std::vector<std::byte> unsent_;    // the rest of a reply that the client does not take yet
    std::deque<Deferred> deferred_;
    std::size_t deferred_bytes_ = 0;
};

}  // namespace openbar::simulator::vfio_user
