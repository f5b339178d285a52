/// A server that says exactly what a test asks for, true or not, on a separate thread.
///
///     ScriptedServer server([](Peer& peer) {
///         peer.accept_version();
///         Received request = peer.receive();
///         peer.reply(request, payload);
///     });
///     auto client = Client::adopt(server.take_socket(), "test");
#pragma once

#include "base/file_descriptor.hpp"
#include "vfio_user/capabilities.hpp"
#include "vfio_user/message_stream.hpp"

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace openbar::vfio_user::testing {

struct Received {
    protocol::Header header;
    std::vector<std::byte> payload;
    bool whole = false;  ///< false: the other side has gone

    template <typename T>
    [[nodiscard]] T get() const {
        T structure{};
        if (payload.size() >= sizeof structure) {
            std::memcpy(&structure, payload.data(), sizeof structure);
        }
        return structure;
    }
};

template <typename... Structures>
std::vector<std::byte> bytes_of(const Structures&... structures) {
    std::vector<std::byte> bytes;
    auto append = [&](const auto& structure) {
        const auto* start = reinterpret_cast<const std::byte*>(&structure);
        bytes.insert(bytes.end(), start, start + sizeof structure);
    };
    (append(structures), ...);
    return bytes;
}

/// One end of a socket, for either side's part.
class Peer {
public:
    explicit Peer(int socket) : stream_(FileDescriptor(socket), 4 << 20) {}

    Received receive() {
        Message message;
        for (;;) {
            const auto progress = stream_.next(message);
            if (progress == Progress::done) {
                descriptors = std::move(message.descriptors);
                return {message.header, {message.payload.begin(), message.payload.end()}, true};
            }
            if (progress != Progress::nothing_yet) return {};
            const auto received = stream_.receive(0);
            if (received != Progress::done && received != Progress::nothing_yet) return {};
        }
    }
    void send(protocol::Header header, std::span<const std::byte> payload,
              std::span<const int> sent = {}) {
        const iovec part{const_cast<std::byte*>(payload.data()), payload.size()};
        (void)stream_.send(header, {&part, 1}, sent, soon());
    }
    void send_raw(std::span<const std::byte> bytes) { (void)stream_.send_bytes(bytes, soon()); }
    void reply(const Received& request, std::span<const std::byte> payload,
               std::span<const int> sent = {}) {
        send({.id = request.header.id,
              .command = request.header.command,
              .flags = protocol::type_reply},
             payload, sent);
    }
    void refuse(const Received& request, int number) {
        send({.id = request.header.id,
              .command = request.header.command,
              .flags = protocol::type_reply | protocol::flag_error,
              .error = static_cast<std::uint32_t>(number)},
             {});
    }

    /// A well-behaved beginning: version and description.
    void accept_version(const std::string& json = {}) {
        const auto request = receive();
        auto payload = bytes_of(protocol::Version{});
        for (const char c : json) payload.push_back(static_cast<std::byte>(c));
        if (!json.empty()) payload.push_back({});
        reply(request, payload);
        reply(receive(),
              bytes_of(protocol::DeviceInfo{.flags = protocol::device_reset | protocol::device_pci,
                                            .regions = protocol::pci_regions,
                                            .irqs = protocol::pci_irqs}));
    }
    /// Describes a region of this size that is served by messages.
    void describe_region(std::uint64_t size) {
        const auto request = receive();
        reply(request,
              bytes_of(protocol::RegionInfo{.flags = protocol::region_read | protocol::region_write,
                                            .index = request.get<protocol::RegionInfo>().index,
                                            .size = size}));
    }

    Descriptors descriptors;  ///< that came with the last message

private:
    static Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(5); }
    MessageStream stream_;
};

class ScriptedServer {
public:
    explicit ScriptedServer(std::function<void(Peer&)> script) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
        client_ = FileDescriptor(ends[1]);
        thread_ = std::thread([script = std::move(script), server = ends[0]] {
            Peer peer(server);
            script(peer);
        });
    }
    ~ScriptedServer() {
        client_.reset();
        thread_.join();
    }
    [[nodiscard]] int take_socket() { return client_.release(); }

private:
    FileDescriptor client_;
    std::thread thread_;
};

}  // namespace openbar::vfio_user::testing
