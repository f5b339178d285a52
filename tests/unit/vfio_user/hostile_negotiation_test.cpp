// The client against servers that go wrong before the connection stands.
#include "unit/vfio_user/hostile_server.hpp"

#include <sys/eventfd.h>
#include <sys/mman.h>

namespace openbar::vfio_user {
namespace {

using namespace std::chrono_literals;
using namespace testing::hostile;
using testing::bytes_of;
using testing::Peer;

TEST(HostileServer, that_hangs_is_timed_out) {
    const auto error = connect_error([](Peer& peer) {
        peer.receive();
        peer.receive();
    });
    EXPECT_EQ(error.code, ErrorCode::timed_out);
}

TEST(HostileServer, that_sends_one_byte_at_a_time_is_timed_out_all_the_same) {
    const auto error = connect_error([](Peer& peer) {
        peer.receive();
        const auto header = bytes_of(protocol::Header{.size = 4096});
        for (const auto byte : header) {
            peer.send_raw({&byte, 1});
            std::this_thread::sleep_for(50ms);
        }
    });
    EXPECT_EQ(error.code, ErrorCode::timed_out);
}

TEST(HostileServer, that_closes_at_once_is_removed) {
    EXPECT_EQ(connect_error([](Peer&) {}).code, ErrorCode::removed);
}

TEST(HostileServer, that_closes_half_way_is_told_so) {
    const auto error = connect_error([](Peer& peer) {
        peer.receive();
        peer.send_raw(bytes_of(protocol::Header{.size = 100}));
    });
    EXPECT_EQ(error.code, ErrorCode::removed);
    EXPECT_NE(error.cause.find("in the middle of a message"), std::string::npos) << error.cause;
}

TEST(HostileServer, that_speaks_another_version_is_unsupported) {
    for (const protocol::Version version : {protocol::Version{1, 0}, protocol::Version{0, 9}}) {
        const auto error =
            connect_error([&](Peer& peer) { peer.reply(peer.receive(), bytes_of(version)); });
        EXPECT_EQ(error.code, ErrorCode::unsupported);
    }
}

TEST(HostileServer, that_serves_somebody_else_is_busy) {
    const auto error = connect_error([](Peer& peer) { peer.refuse(peer.receive(), EBUSY); });
    EXPECT_EQ(error.code, ErrorCode::busy);
    EXPECT_FALSE(error.hint.empty());
}

TEST(HostileServer, that_sends_bad_json_breaks_the_protocol) {
    const auto error =
        connect_error([](Peer& peer) { peer.accept_version("{\"capabilities\": ["); });
    EXPECT_EQ(error.code, ErrorCode::protocol);
    EXPECT_NE(error.cause.find("JSON"), std::string::npos) << error.cause;
}

TEST(HostileServer, that_announces_a_twin_socket_and_sends_none_breaks_the_protocol) {
    for (const char* json :
         {R"({"capabilities": {"twin_socket": {"supported": true}}})",
          R"({"capabilities": {"twin_socket": {"supported": true, "fd_index": 7}}})"}) {
        const auto error = connect_error([&](Peer& peer) { peer.accept_version(json); });
        EXPECT_EQ(error.code, ErrorCode::protocol);
    }
}

TEST(HostileServer, whose_twin_socket_is_a_file_breaks_the_protocol) {
    const auto error = connect_error([](Peer& peer) {
        const auto request = peer.receive();
        auto payload = bytes_of(protocol::Version{});
        for (const char c : to_version_data({.twin_socket = true, .twin_descriptor = 0})) {
            payload.push_back(static_cast<std::byte>(c));
        }
        const FileDescriptor file(::memfd_create("test", MFD_CLOEXEC));
        const int sent = file.get();
        peer.reply(request, payload, {&sent, 1});
    });
    EXPECT_EQ(error.code, ErrorCode::protocol);
}

TEST(HostileServer, that_sends_more_descriptors_than_agreed_breaks_the_protocol) {
    const auto error = connect_error([](Peer& peer) {
        const auto request = peer.receive();
        const FileDescriptor file(::eventfd(0, EFD_CLOEXEC));
        const std::vector<int> many(Descriptors::capacity, file.get());
        // Sixteen fit into our side's buffer for them; the next message's do not belong to it.
        peer.send({.id = request.header.id, .command = protocol::Command::version, .flags = 1},
                  bytes_of(protocol::DeviceInfo{}), many);
    });
    EXPECT_FALSE(error.cause.empty());
}

TEST(HostileServer, whose_lengths_lie_breaks_the_protocol) {
    for (const std::uint32_t size : {0U, 15U, 0xffffffffU, 64U << 20}) {
        const auto error = connect_error([&](Peer& peer) {
            const auto request = peer.receive();
            peer.send_raw(bytes_of(protocol::Header{.id = request.header.id,
                                                    .command = protocol::Command::version,
                                                    .size = size,
                                                    .flags = protocol::type_reply}));
            peer.receive();
        });
        EXPECT_EQ(error.code, ErrorCode::protocol) << size;
    }
}

TEST(HostileServer, that_claims_a_million_regions_breaks_the_protocol) {
    const auto error = connect_error([](Peer& peer) {
        peer.reply(peer.receive(), bytes_of(protocol::Version{}));
        peer.reply(peer.receive(), bytes_of(protocol::DeviceInfo{.regions = 1000000}));
    });
    EXPECT_EQ(error.code, ErrorCode::protocol);
}

}  // namespace
}  // namespace openbar::vfio_user
