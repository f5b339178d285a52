#include "simulator/wires/socket.hpp"

#include "base/failure.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace openbar::simulator {
namespace {

using namespace std::chrono_literals;

// As many frames as one call of the poll loop brings in, so that a flood cannot keep it.
constexpr int frames_per_call = 64;

bool fits(const std::string& path) {
    return !path.empty() && path.size() < sizeof(sockaddr_un{}.sun_path);
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

bool bind_to(int socket, const std::string& path) {
    const sockaddr_un address = address_of(path);
    return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// A bound path whose program has died refuses connections.
bool left_behind(const std::string& path) {
    const FileDescriptor probe(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(path);
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
               0 &&
           errno == ECONNREFUSED;
}

/// Whether it is a socket that keeps frames apart.
Result<void> check_kind(int socket) {
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
        return failure(ErrorCode::invalid_argument,
                       errno == EBADF ? "there is no such open descriptor" : "it is not a socket",
                       "pass one end of socketpair(AF_UNIX, SOCK_DGRAM, 0, ends)");
    if (type != SOCK_DGRAM && type != SOCK_SEQPACKET)
        return failure(ErrorCode::invalid_argument, "its kind of socket does not keep frames apart",
                       "use SOCK_DGRAM or SOCK_SEQPACKET");
    return {};
}

Result<FileDescriptor> bound_socket(const std::string& mine, const std::string& peer) {
    for (const std::string& path : {mine, peer})
        if (!fits(path))
            return failure(ErrorCode::invalid_argument,
                           "\"" + path + "\" is not a path of 1 to " +
                               std::to_string(sizeof(sockaddr_un{}.sun_path) - 1) + " bytes",
                           "write socket:MINE:PEER");
    FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return system_failure(errno, "socket");
    if (bind_to(socket.get(), mine)) return socket;
    if (errno != EADDRINUSE) return system_failure(errno, "bind");
    if (!left_behind(mine))
        return failure(ErrorCode::busy, "another program has it",
                       "choose another path, or find that program: ss -xap | grep " + mine);
    ::unlink(mine.c_str());
    if (!bind_to(socket.get(), mine)) return system_failure(errno, "bind");
    return socket;
}

}  // namespace

Result<std::unique_ptr<SocketWire>> SocketWire::adopt(FileDescriptor socket) {
    OPENBAR_TRY(checked, check_kind(socket.get()).attempting([&] {
        return "use descriptor " + std::to_string(socket.get()) + " as the wire of a card";
    }));
    return std::unique_ptr<SocketWire>(new SocketWire(std::move(socket), {}, {}));
}

Result<std::unique_ptr<SocketWire>> SocketWire::bind(const std::string& mine,
                                                     const std::string& peer) {
    return bound_socket(mine, peer)
        .transform([&](FileDescriptor socket) {
            return std::unique_ptr<SocketWire>(
                new SocketWire(std::move(socket), BoundPath(mine), peer));
        })
        .attempting([&] { return "bind the wire of a card to " + mine; });
}

SocketWire::~SocketWire() {
    if (watched_) bus_->unwatch(socket_.get());
}

void SocketWire::send(std::span<const std::byte> frame) {
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    // A full queue or an absent peer loses the frame, as a switch or a pulled plug would.
    if (peer_.empty()) {
        static_cast<void>(::send(socket_.get(), frame.data(), frame.size(), flags));
        return;
    }
    const sockaddr_un address = address_of(peer_);
    static_cast<void>(::sendto(socket_.get(), frame.data(), frame.size(), flags,
                               reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

void SocketWire::start() {
    watched_ = bus_->watch(socket_.get(), [this] { receive(); });
    if (!watched_) look_again();
}

void SocketWire::reset() {
    if (!watched_) look_again();
}

// For hosts that cannot wait for a descriptor.
void SocketWire::look_again() {
    bus_->at(bus_->now() + 1ms, [this] {
        receive();
        look_again();
    });
}

void SocketWire::receive() {
    std::array<std::byte, longest_frame> frame;
    for (int i = 0; i < frames_per_call; ++i) {
        const ssize_t got =
            ::recv(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (got < 0 && errno == EINTR) continue;
        // Nothing left, or (an empty read, or an error that stays) nobody there any more.
        const bool finished = got == 0 || (got < 0 && errno != EAGAIN && errno != ECONNREFUSED);
        if (finished && watched_) {
            bus_->unwatch(socket_.get());
            watched_ = false;
        }
        if (got <= 0) return;
        if (static_cast<std::size_t>(got) <= frame.size())
            deliver(std::span(frame).first(static_cast<std::size_t>(got)));
    }
}

}  // namespace openbar::simulator
