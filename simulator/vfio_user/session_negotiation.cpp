// A session's first message: the version that both speak, and what each is able to do.
#include "simulator/vfio_user/session.hpp"
#include "vfio_user/capabilities.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;
using openbar::vfio_user::Capabilities;
using protocol::Command;

}  // namespace

void Session::negotiate(Message& request) {
    protocol::Version version;
    if (request.header.command != Command::version || !request.get(version)) {
        return end("its first message does not say which version it speaks");
    }
    outgoing_.clear();
    if (version.major != protocol::major_version) {
        reply(request, {.error = EINVAL});
        return end(fmt::format("it speaks version {}.{}", version.major, version.minor));
    }
    version.minor = std::min(version.minor, protocol::minor_version);
    put(version);
    const Answer answer = accept_capabilities(request.payload.subspan(sizeof version));
    // The client's end of the twin socket is the client's alone once it has been sent.
    const FileDescriptor sent(answer.descriptor);
    reply(request, answer);
    if (answer.error != 0 || state_ == State::over) return;
    state_ = State::ready;
    deadline_.reset();
}

Session::Answer Session::accept_capabilities(std::span<const std::byte> data) {
    const auto theirs = openbar::vfio_user::from_version_data(data);
    if (!theirs) {
        end("its list of capabilities: " + theirs.error().cause);
        return {.error = EINVAL};
    }
    client_transfer_ = std::min(theirs->max_transfer, max_transfer);
    client_descriptors_ = theirs->max_descriptors;
    Capabilities ours{.max_descriptors = Descriptors::capacity,
                      .max_transfer = max_transfer,
                      .max_dma_maps = Card::most_dma_windows,
                      .write_multiple = theirs->write_multiple};
    Answer answer{.bytes = &outgoing_};
    std::array<int, 2> ends{-1, -1};
    if (theirs->twin_socket && client_descriptors_ > 0 &&
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0) {
        twin_.emplace(FileDescriptor(ends[0]), largest_message);
        answer.descriptor = ends[1];
        ours.twin_socket = true;
        ours.twin_descriptor = 0;
    }
    for (const char character : openbar::vfio_user::to_version_data(ours)) {
        outgoing_.push_back(static_cast<std::byte>(character));
    }
    return answer;
}

}  // namespace openbar::simulator::vfio_user
