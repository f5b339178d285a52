// The requests that a session makes of its client: memory by message.
#include "simulator/vfio_user/session.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;
using protocol::Command;

/// What a client may pipeline while the model waits for its memory: more than a socket holds.
constexpr std::size_t most_deferred_bytes = std::size_t{4} << 20;
constexpr std::size_t most_deferred = 16384;

}  // namespace

bool Session::move_by_message(std::uint64_t iova, std::span<std::byte> bytes, Command command) {
    while (!bytes.empty() && state_ == State::ready) {
        const auto piece = bytes.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), client_transfer_)));
        if (!ask(command, iova, piece)) return false;
        bytes = bytes.subspan(piece.size());
        iova += piece.size();
    }
    return bytes.empty();
}

bool Session::ask(Command command, std::uint64_t iova, std::span<std::byte> bytes) {
    MessageStream& stream = twin_ ? *twin_ : stream_;
    if (late_ && !take_late_answer(stream)) return false;
    const auto deadline = std::chrono::steady_clock::now() + limits_.answer;
    // On a shared socket, the rest of a reply that the client has not taken yet comes first.
    if (!twin_ && blocked()) {
        const auto flushed = stream_.send_bytes(unsent_, deadline);
        if (flushed != Progress::done) {
            end_by(flushed, stream_);
            return false;
        }
        unsent_.clear();
    }
    const protocol::DmaAccess access{iova, bytes.size()};
    protocol::Header header{.id = ++last_id_, .command = command};
    const bool reading = command == Command::dma_read;
    const std::array<iovec, 2> parts{{{const_cast<protocol::DmaAccess*>(&access), sizeof access},
                                      {bytes.data(), reading ? 0 : bytes.size()}}};
    const auto sent = stream.send(header, parts, {}, deadline);
    if (sent != Progress::done) {
        end_by(sent, stream);
        return false;
    }
    Message answer;
    if (!await_answer(stream, header.id, answer, deadline)) return false;
    if (answer.is_error()) return false;
    // In reply to a write, clients in use send a count of 4 bytes or of 8: neither is needed.
    if (!reading) return true;
    protocol::DmaAccess echoed;
    if (!answer.get(echoed) || echoed.address != access.address || echoed.count != access.count ||
        answer.payload.size() != sizeof echoed + bytes.size()) {
        end("its reply is not about the memory that was asked for");
        return false;
    }
    std::ranges::copy(answer.payload.subspan(sizeof echoed), bytes.begin());
    return true;
}

// A client that itself waits cannot answer: that costs it a transfer, and not its session.
bool Session::take_late_answer(MessageStream& stream) {
    const std::uint16_t id = *std::exchange(late_, std::nullopt);
    Message unwanted;
    return await_answer(stream, id, unwanted, std::chrono::steady_clock::now());
}

// The time a session really waits for its client. Requests that come meanwhile are kept.
bool Session::await_answer(MessageStream& stream, std::uint16_t id, Message& answer,
                           Deadline deadline) {
    for (;;) {
        auto progress = stream.next(answer);
        if (progress == Progress::done) {
            if (!answer.is_reply()) {
                if (!defer(answer)) return false;
                continue;
            }
            if (answer.header.id == id) return true;
            end("it sent a reply to nothing");
            return false;
        }
        if (progress == Progress::nothing_yet) progress = stream.wait_readable(deadline);
        if (progress == Progress::done) progress = stream.receive(MSG_DONTWAIT);
        if (progress == Progress::done) continue;
        if (progress == Progress::nothing_yet && std::chrono::steady_clock::now() < deadline) {
            continue;
        }
        // One that goes on sending requests does not wait.
        if (progress == Progress::nothing_yet && !stream.in_a_message() && deferred_.empty())
            late_ = id;
        else
            end_by(progress, stream);
        return false;
    }
}

bool Session::defer(Message& request) {
    if (twin_) {
        end("it sent a request on its twin socket");
        return false;
    }
    deferred_bytes_ += request.payload.size();
    if (deferred_.size() >= most_deferred || deferred_bytes_ > most_deferred_bytes) {
        end("it sends requests and never the memory that it was asked for");
        return false;
    }
    deferred_.push_back({request.header,
                         {request.payload.begin(), request.payload.end()},
                         std::move(request.descriptors)});
    return true;
}

}  // namespace openbar::simulator::vfio_user
