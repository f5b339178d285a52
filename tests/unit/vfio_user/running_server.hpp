/// A server that listens at a path in a folder of the test's own, and raw clients of it.
#pragma once

#include "openbar/vfio_user/client.hpp"

#include "simulator/vfio_user/server.hpp"
#include "unit/vfio_user/scripted_server.hpp"
#include "unit/vfio_user/test_card.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>

namespace openbar::vfio_user::testing {

class RunningServer {
public:
    explicit RunningServer(simulator::vfio_user::ServerOptions options = {}) {
        std::string pattern = ::testing::TempDir() + "openbar-server-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        options.trace = [this](const simulator::TraceEvent& event) {
            const std::scoped_lock lock(mutex_);
            said_.push_back(to_string(event));
        };
        auto server = simulator::vfio_user::Server::listen(
            std::make_unique<simulator::testing::TestCard>(), path(), std::move(options));
        EXPECT_TRUE(server) << server.error().message();
        server_ = std::move(*server);
        thread_ = std::thread([this] { EXPECT_TRUE(server_->run()); });
    }
    ~RunningServer() {
        server_->stop();
        thread_.join();
        server_.reset();
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] std::string path() const { return folder_ + "/card.sock"; }
    [[nodiscard]] Result<Client> connect(Options options = {}) const {
        return Client::connect(path(), options);
    }
    [[nodiscard]] int raw_socket() const {
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path().c_str());
        EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        return socket;
    }
    /// Whether a well-behaved client gets on with it.
    [[nodiscard]] bool serves() const {
        auto client = connect({.timeout = std::chrono::seconds(3)});
        EXPECT_TRUE(client) << client.error().message();
        return client && client->read_width(0, 0, 4).value_or(0) == 0x0badcafe;
    }
    /// How many lines of the trace contain this.
    [[nodiscard]] std::size_t said(const std::string& text) {
        const std::scoped_lock lock(mutex_);
        return static_cast<std::size_t>(std::ranges::count_if(
            said_, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
    }

private:
    std::string folder_;
    std::mutex mutex_;
    std::vector<std::string> said_;
    std::unique_ptr<simulator::vfio_user::Server> server_;
    std::thread thread_;
};

/// A client that has agreed on a version and then does what a test asks for.
class RawClient : public Peer {
public:
    explicit RawClient(const RunningServer& server, const std::string& json = {})
        : Peer(server.raw_socket()) {
        auto payload = bytes_of(protocol::Version{});
        for (const char c : json) payload.push_back(static_cast<std::byte>(c));
        if (!json.empty()) payload.push_back({});
        send({.id = 1, .command = protocol::Command::version}, payload);
        EXPECT_TRUE(receive().whole);
    }
    /// Sends a request and gives the error in its reply; -1 where the server hung up instead.
    int error_of(protocol::Command command, std::span<const std::byte> payload,
                 std::span<const int> sent = {}) {
        send({.id = 2, .command = command}, payload, sent);
        const auto reply = receive();
        return reply.whole ? static_cast<int>(reply.header.error) : -1;
    }
};

}  // namespace openbar::vfio_user::testing
