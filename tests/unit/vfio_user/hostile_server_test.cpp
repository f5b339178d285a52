// The client in the middle of calls, against servers that lie, hang, die and babble.
#include "unit/vfio_user/hostile_server.hpp"

#include <array>
#include <cerrno>

namespace openbar::vfio_user {
namespace {

using namespace std::chrono_literals;
using namespace testing::hostile;
using testing::bytes_of;
using testing::Peer;
using testing::ScriptedServer;

Result<void> read_register(Client& client) {
    return drop_value(client.read_width(0, 0, 4));
}

TEST(HostileServer, that_replies_to_nothing_breaks_the_protocol) {
    const auto error = use_error(
        [](Peer& peer) {
            peer.describe_region(4096);
            const auto request = peer.receive();
            peer.send({.id = static_cast<std::uint16_t>(request.header.id + 1000),
                       .command = request.header.command,
                       .flags = protocol::type_reply},
                      {});
            peer.receive();
        },
        read_register);
    EXPECT_EQ(error.code, ErrorCode::protocol);
    EXPECT_NE(error.cause.find("a reply to nothing"), std::string::npos) << error.cause;
}

TEST(HostileServer, whose_reply_is_about_something_else_breaks_the_protocol) {
    using protocol::RegionAccess;
    const std::uint32_t value = 0;
    for (const auto& payload :
         {bytes_of(RegionAccess{8, 0, 4}, value), bytes_of(RegionAccess{0, 1, 4}, value),
          bytes_of(RegionAccess{0, 0, 8}, value), bytes_of(RegionAccess{0, 0, 4}),
          bytes_of(RegionAccess{0, 0, 4}, value, value), bytes_of(value)}) {
        const auto error = use_error(
            [&](Peer& peer) {
                peer.describe_region(4096);
                peer.reply(peer.receive(), payload);
                peer.receive();
            },
            read_register);
        EXPECT_EQ(error.code, ErrorCode::protocol);
    }
}

TEST(HostileServer, once_found_out_is_not_asked_again) {
    ScriptedServer server([](Peer& peer) {
        peer.accept_version();
        peer.describe_region(4096);
        peer.reply(peer.receive(), {});
        while (peer.receive().whole) ADD_FAILURE() << "the client goes on talking to it";
    });
    auto client = Client::adopt(server.take_socket(), "test-server", quick);
    ASSERT_TRUE(client);
    EXPECT_EQ(client->read_width(0, 0, 4).error().code, ErrorCode::protocol);
    const Error later = client->read_width(0, 0, 4).error();
    EXPECT_EQ(later.code, ErrorCode::removed);
    EXPECT_NE(later.cause.find("given up earlier"), std::string::npos) << later.cause;
}

TEST(HostileServer, that_answers_late_is_timed_out_and_then_used_again) {
    ScriptedServer server([](Peer& peer) {
        peer.accept_version();
        peer.describe_region(4096);
        const auto late = peer.receive();
        const auto next = peer.receive();
        const std::uint32_t value = 5;
        peer.reply(late, bytes_of(protocol::RegionAccess{0, 0, 4}, value - 1));
        peer.reply(next, bytes_of(protocol::RegionAccess{0, 0, 4}, value));
        peer.receive();
    });
    auto client = Client::adopt(server.take_socket(), "test-server", quick);
    ASSERT_TRUE(client);
    EXPECT_EQ(client->read_width(0, 0, 4).error().code, ErrorCode::timed_out);
    EXPECT_EQ(client->read_width(0, 0, 4).value_or(0), 5U);
}

TEST(HostileServer, that_dies_during_a_call_is_removed) {
    const auto error = use_error(
        [](Peer& peer) {
            peer.describe_region(4096);
            peer.receive();
        },
        read_register);
    EXPECT_EQ(error.code, ErrorCode::removed);
}

TEST(HostileServer, that_asks_for_memory_for_ever_does_not_keep_a_call_for_ever) {
    const auto error = use_error(
        [](Peer& peer) {
            peer.describe_region(4096);
            peer.receive();
            const auto start = std::chrono::steady_clock::now();
            while (std::chrono::steady_clock::now() - start < 600ms) {
                peer.send({.command = protocol::Command::dma_read},
                          bytes_of(protocol::DmaAccess{}));
                if (!peer.receive().whole) return;
            }
        },
        read_register);
    EXPECT_EQ(error.code, ErrorCode::timed_out);
}

TEST(HostileServer, that_stops_reading_does_not_keep_posted_writes_for_ever) {
    const auto error = use_error(
        [](Peer& peer) {
            peer.describe_region(4096);
            std::this_thread::sleep_for(700ms);
        },
        [](Client& client) -> Result<void> {
            for (int i = 0; i < 1000000; ++i) {
                if (auto sent = client.write_posted(0, 0, 4, 1); !sent) return sent;
            }
            return {};
        });
    EXPECT_EQ(error.code, ErrorCode::timed_out);
}

TEST(HostileServer, that_asks_for_foreign_memory_gets_none) {
    ScriptedServer server([](Peer& peer) {
        peer.accept_version();
        const auto map = peer.receive();
        peer.reply(map, {});
        using protocol::DmaAccess;
        const std::array<DmaAccess, 6> wrong{
            {{0x0, 16}, {0x1000, 0x2000}, {0x1ff8, 16}, {~0ULL, 16}, {0x1000, ~0ULL}, {0x1000, 0}}};
        for (const DmaAccess& access : wrong) {
            peer.send({.command = protocol::Command::dma_read}, bytes_of(access));
            const auto reply = peer.receive();
            EXPECT_NE(reply.header.flags & protocol::flag_error, 0U) << access.address;
            EXPECT_TRUE(reply.payload.empty());
        }
        peer.send({.command = protocol::Command::dma_write}, bytes_of(DmaAccess{0x1000, 4}, 7));
        EXPECT_EQ(peer.receive().header.error, static_cast<std::uint32_t>(EPERM));
        peer.send({.command = static_cast<protocol::Command>(77)}, {});
        EXPECT_EQ(peer.receive().header.error, static_cast<std::uint32_t>(EOPNOTSUPP));
        peer.send({.command = protocol::Command::dma_read}, bytes_of(DmaAccess{0x1000, 16}));
        EXPECT_EQ(peer.receive().payload.size(), 32U);
    });
    auto client = Client::adopt(server.take_socket(), "test-server", quick);
    ASSERT_TRUE(client);
    alignas(4096) static std::array<std::byte, 4096> memory{};
    ASSERT_TRUE(client->dma_map(0x1000, memory, DmaAccess::read));
    std::this_thread::sleep_for(300ms);
}

}  // namespace
}  // namespace openbar::vfio_user
