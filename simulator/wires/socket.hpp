/// A wire over a datagram socket: one frame in one datagram.
///
///     int ends[2];
///     socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
///     auto wire = SocketWire::adopt(FileDescriptor(ends[0]));      // the other end is yours
///
///     auto wire = SocketWire::bind("/run/card-a", "/run/card-b");  // two cards, face to face
#pragma once

#include "openbar/result.hpp"

#include "base/bound_path.hpp"
#include "base/file_descriptor.hpp"
#include "simulator/wire.hpp"

#include <memory>
#include <string>

namespace openbar::simulator {

class SocketWire final : public Wire {
public:
    /// Takes one end of a pair, or any other connected datagram or sequenced-packet socket.
    /// Errors: invalid_argument for a descriptor that is not one.
    [[nodiscard]] static Result<std::unique_ptr<SocketWire>> adopt(FileDescriptor socket);

    /// Binds a UNIX datagram socket to the path `mine`, removed again at the end, and sends to the
    /// path `peer`, which need not exist yet. A socket that a dead program left behind is taken
    /// over. Errors: busy where a living one has it; those of bind.
    [[nodiscard]] static Result<std::unique_ptr<SocketWire>> bind(const std::string& mine,
                                                                  const std::string& peer);

    ~SocketWire() override;
    void send(std::span<const std::byte> frame) override;
    void reset() override;

protected:
    void start() override;

private:
    SocketWire(FileDescriptor socket, BoundPath bound, std::string peer)
        : socket_(std::move(socket)), bound_(std::move(bound)), peer_(std::move(peer)) {}
    void receive();
    void look_again();

    FileDescriptor socket_;
    BoundPath bound_;  // nothing for a pair
    std::string peer_;
    bool watched_ = false;
};

}  // namespace openbar::simulator
