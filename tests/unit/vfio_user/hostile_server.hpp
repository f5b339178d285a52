/// What becomes of a client whose server lies, hangs or dies: an error that names the server,
/// within the time limit, and no descriptor left open.
///
///     const auto error = connect_error([](Peer& peer) { peer.receive(); });     // and no reply
///     EXPECT_EQ(error.code, ErrorCode::timed_out);
#pragma once

#include "tests/support/open_descriptors.hpp"
#include "unit/vfio_user/running_card.hpp"
#include "unit/vfio_user/scripted_server.hpp"

#include <chrono>
#include <functional>

namespace openbar::vfio_user::testing::hostile {

using namespace std::chrono_literals;

inline constexpr Options quick{.timeout = 200ms};

/// What becomes of connecting to a server that follows the script.
inline Error connect_error(const std::function<void(Peer&)>& script) {
    const std::size_t before = open_descriptors();
    Error error;
    const auto start = std::chrono::steady_clock::now();
    {
        ScriptedServer server(script);
        auto client = Client::adopt(server.take_socket(), "test-server", quick);
        EXPECT_FALSE(client);
        if (!client) error = client.error();
        EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
    }
    EXPECT_NE(error.attempted.find("test-server"), std::string::npos) << error.message();
    EXPECT_EQ(open_descriptors(), before) << "a descriptor has leaked";
    return error;
}

/// What becomes of `use` once the connection stands.
inline Error use_error(const std::function<void(Peer&)>& script,
                       const std::function<Result<void>(Client&)>& use) {
    const std::size_t before = open_descriptors();
    Error error;
    {
        ScriptedServer server([&](Peer& peer) {
            peer.accept_version();
            script(peer);
        });
        auto client = Client::adopt(server.take_socket(), "test-server", quick);
        EXPECT_TRUE(client) << client.error().message();
        if (!client) return client.error();
        const auto start = std::chrono::steady_clock::now();
        const auto result = use(*client);
        EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
        EXPECT_FALSE(result);
        if (!result) error = result.error();
    }
    EXPECT_NE(error.attempted.find("test-server"), std::string::npos) << error.message();
    EXPECT_EQ(open_descriptors(), before) << "a descriptor has leaked";
    return error;
}

template <typename T>
Result<void> drop_value(Result<T> result) {
    if (!result) return std::move(result).error();
    return {};
}

}  // namespace openbar::vfio_user::testing::hostile
