// The client against servers that lie, hang, die and babble: an error that names the server and
// the fault, within the time limit, and no descriptor left open.
#include "unit/vfio_user/running_card.hpp"
#include "unit/vfio_user/scripted_server.hpp"

#include <sys/eventfd.h>
#include <sys/mman.h>

#include <filesystem>

namespace openbar::vfio_user {
namespace {

using namespace std::chrono_literals;
using testing::bytes_of;
using testing::Peer;
using testing::ScriptedServer;

constexpr Options quick{.timeout = 200ms};

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// What becomes of connecting to a server that follows the script.
Error connect_error(const std::function<void(Peer&)>& script) {
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
Error use_error(const std::function<void(Peer&)>& script,
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
    if (!result) return std::unexpected(std::move(result).error());
    return {};
}
Result<void> read_register(Client& client) {
    return drop_value(client.read_width(0, 0, 4));
}
Result<void> describe(Client& client) {
    return drop_value(client.region(0));
}

/// Replies to a question about a region with exactly this.
Error region_error(std::vector<std::byte> payload, std::size_t descriptors = 0) {
    return use_error(
        [&](Peer& peer) {
            const auto request = peer.receive();
            const FileDescriptor file(::memfd_create("test", MFD_CLOEXEC));
            const std::vector<int> sent(descriptors, file.get());
            peer.reply(request, payload, sent);
            peer.receive();
        },
        describe);
}

constexpr std::uint32_t mappable = protocol::region_read | protocol::region_write |
                                   protocol::region_mmap | protocol::region_capabilities;

std::vector<std::byte> sparse_reply(std::uint64_t size, std::vector<protocol::SparseArea> areas,
                                    std::uint32_t announced, std::uint32_t next = 0) {
    auto payload =
        bytes_of(protocol::RegionInfo{.argsz = static_cast<std::uint32_t>(48 + 16 * areas.size()),
                                      .flags = mappable,
                                      .capabilities = 32,
                                      .size = size},
                 protocol::CapabilityHeader{protocol::capability_sparse_mmap, 1, next},
                 protocol::SparseMmap{announced, 0});
    for (const auto& area : areas) {
        const auto bytes = bytes_of(area);
        payload.insert(payload.end(), bytes.begin(), bytes.end());
    }
    return payload;
}

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
    EXPECT_FALSE(error.remedy.empty());
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

TEST(HostileServer, whose_areas_overlap_breaks_the_protocol) {
    const auto error = region_error(sparse_reply(0x4000, {{0, 0x2000}, {0x1000, 0x1000}}, 2), 1);
    EXPECT_EQ(error.code, ErrorCode::protocol);
    EXPECT_NE(error.cause.find("overlaps"), std::string::npos) << error.cause;
}

TEST(HostileServer, whose_areas_do_not_fit_breaks_the_protocol) {
    for (const protocol::SparseArea area : {protocol::SparseArea{0, 0x5000},
                                            {0x4000, 0x1000},
                                            {~0ULL - 0xfff, 0x1000},
                                            {0x1000, ~0ULL - 0xfff},
                                            {0x800, 0x1000},
                                            {0, 0x800},
                                            {0x1000, 0}}) {
        const auto error = region_error(sparse_reply(0x4000, {area}, 1), 1);
        EXPECT_EQ(error.code, ErrorCode::protocol) << area.offset << " " << area.size;
    }
}

TEST(HostileServer, that_announces_more_areas_than_it_lists_breaks_the_protocol) {
    for (const std::uint32_t announced : {2U, 0x10000000U, 0xffffffffU}) {
        const auto error = region_error(sparse_reply(0x4000, {{0, 0x1000}}, announced), 1);
        EXPECT_EQ(error.code, ErrorCode::protocol) << announced;
    }
}

TEST(HostileServer, whose_capabilities_go_round_in_circles_breaks_the_protocol) {
    for (const std::uint32_t next : {32U, 33U, 8U, 1000U, 0xfffffff0U}) {
        const auto error = region_error(sparse_reply(0x4000, {{0, 0x1000}}, 1, next), 1);
        EXPECT_EQ(error.code, ErrorCode::protocol) << next;
    }
}

TEST(HostileServer, with_a_wrong_number_of_descriptors_breaks_the_protocol) {
    const std::vector<protocol::SparseArea> areas{{0, 0x1000}, {0x2000, 0x1000}};
    EXPECT_EQ(region_error(sparse_reply(0x4000, areas, 2), 3).code, ErrorCode::protocol);
}

TEST(HostileServer, that_describes_another_region_breaks_the_protocol) {
    EXPECT_EQ(region_error(bytes_of(protocol::RegionInfo{.index = 3})).code, ErrorCode::protocol);
    EXPECT_EQ(region_error({}).code, ErrorCode::protocol);
    EXPECT_EQ(region_error(bytes_of(protocol::RegionInfo{.argsz = 1U << 30})).code,
              ErrorCode::protocol);
}

TEST(HostileServer, that_claims_too_many_vectors_breaks_the_protocol) {
    const auto error = use_error(
        [](Peer& peer) {
            peer.reply(peer.receive(), bytes_of(protocol::IrqInfo{.index = 2, .count = 1U << 31}));
            peer.receive();
        },
        [](Client& client) { return drop_value(client.interrupt(InterruptKind::msix)); });
    EXPECT_EQ(error.code, ErrorCode::protocol);
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
