// The server against clients that lie, stall and babble: each ends its own session at most, and
// the next client finds the card as it should be.
#include "base/file_descriptor.hpp"
#include "unit/vfio_user/running_card.hpp"
#include "unit/vfio_user/running_server.hpp"

#include <sys/eventfd.h>
#include <sys/mman.h>

#include <array>

namespace openbar::vfio_user {
namespace {

using namespace std::chrono_literals;
using protocol::Command;
using testing::bytes_of;
using testing::eventually;
using testing::Peer;
using testing::RawClient;
using testing::RunningServer;

simulator::vfio_user::ServerOptions quick_server() {
    return {.limits = {.negotiation = 100ms, .message = 100ms, .answer = 100ms}};
}

TEST(HostileClient, that_says_nothing_is_sent_away) {
    RunningServer server(quick_server());
    const Peer peer(server.raw_socket());
    EXPECT_TRUE(eventually([&] { return server.said("not said which version") == 1; }));
    EXPECT_TRUE(server.serves());
}

TEST(HostileClient, with_half_a_message_does_not_keep_others_out) {
    RunningServer server(quick_server());
    RawClient client(server);
    client.send_raw(bytes_of(protocol::Header{.command = Command::region_write, .size = 1000}));
    EXPECT_TRUE(server.serves());
    EXPECT_EQ(server.said("did not end it"), 1U);
}

TEST(HostileClient, that_trickles_a_message_gains_no_time) {
    RunningServer server(quick_server());
    RawClient client(server);
    client.send_raw(bytes_of(protocol::Header{.command = Command::region_write, .size = 1000}));
    for (int i = 0; i < 20 && server.said("did not end it") == 0; ++i) {
        client.send_raw(bytes_of(std::uint8_t{0}));
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_EQ(server.said("did not end it"), 1U);
}

TEST(HostileClient, that_takes_no_replies_is_sent_away) {
    RunningServer server(quick_server());
    RawClient client(server);
    const auto request = bytes_of(protocol::Header{.command = Command::region_read, .size = 32},
                                  protocol::RegionAccess{0, 2, 16384});
    for (int i = 0; i < 200 && server.said("does not take its replies") == 0; ++i) {
        client.send_raw(request);
        std::this_thread::sleep_for(2ms);
    }
    EXPECT_TRUE(eventually([&] { return server.said("does not take its replies") == 1; }));
    EXPECT_TRUE(server.serves());
}

TEST(HostileClient, whose_first_message_is_no_version_is_sent_away) {
    RunningServer server;
    Peer peer(server.raw_socket());
    peer.send({.command = Command::device_get_info}, bytes_of(protocol::DeviceInfo{}));
    EXPECT_FALSE(peer.receive().whole);
    EXPECT_TRUE(server.serves());
}

TEST(HostileClient, with_another_version_or_bad_json_is_refused) {
    RunningServer server;
    for (const auto& payload :
         {bytes_of(protocol::Version{1, 0}), bytes_of(protocol::Version{}, 'x', '\0'),
          bytes_of(protocol::Version{}, '{')}) {
        Peer peer(server.raw_socket());
        peer.send({.command = Command::version}, payload);
        const auto reply = peer.receive();
        EXPECT_TRUE(!reply.whole || reply.header.error == EINVAL);
        EXPECT_FALSE(peer.receive().whole);
    }
    EXPECT_TRUE(server.serves());
}

TEST(HostileClient, with_impossible_lengths_is_sent_away) {
    RunningServer server;
    for (const std::uint32_t size : {0U, 15U, 2U << 20, 0xffffffffU}) {
        RawClient client(server);
        client.send_raw(bytes_of(protocol::Header{.command = Command::region_read, .size = size}));
        EXPECT_FALSE(client.receive().whole) << size;
    }
    EXPECT_TRUE(server.serves());
}

TEST(HostileClient, that_replies_to_nothing_is_sent_away) {
    RunningServer server;
    RawClient client(server);
    client.send({.flags = protocol::type_reply}, {});
    EXPECT_FALSE(client.receive().whole);
    EXPECT_TRUE(server.serves());
}

TEST(HostileClient, gets_an_error_for_each_request_that_makes_no_sense) {
    RunningServer server;
    RawClient client(server);
    const std::uint64_t data = 0;
    using protocol::RegionAccess;
    const auto refused = [&](Command command, const std::vector<std::byte>& payload) {
        const int error = client.error_of(command, payload);
        EXPECT_GT(error, 0) << static_cast<int>(command);
    };
    for (const auto command :
         {Command::device_get_info, Command::get_region_info, Command::get_irq_info,
          Command::set_irqs, Command::region_read, Command::region_write, Command::dma_map,
          Command::dma_unmap, Command::region_write_multi, Command::version,
          Command::device_feature, Command::dma_read, static_cast<Command>(999)}) {
        refused(command, {});
        refused(command, bytes_of(std::uint16_t{0}));
    }
    refused(Command::region_read, bytes_of(RegionAccess{4095, 0, 2}));
    refused(Command::region_read, bytes_of(RegionAccess{~0ULL, 0, 4}));
    refused(Command::region_read, bytes_of(RegionAccess{0, 1, 4}));
    refused(Command::region_read, bytes_of(RegionAccess{0, 0xffffffff, 4}));
    refused(Command::region_read, bytes_of(RegionAccess{0, 0, 0}));
    refused(Command::region_read, bytes_of(RegionAccess{0, 0, 0xffffffff}));
    refused(Command::region_write, bytes_of(RegionAccess{0, 0, 4}));
    refused(Command::region_write, bytes_of(RegionAccess{0, 0, 4}, data));
    refused(Command::get_region_info, bytes_of(protocol::RegionInfo{.argsz = 31}));
    refused(Command::get_region_info, bytes_of(protocol::RegionInfo{.index = 9}));
    refused(Command::get_irq_info, bytes_of(protocol::IrqInfo{.index = 5}));
    refused(Command::region_write_multi, bytes_of(protocol::WriteMulti{~0ULL}));
    refused(Command::dma_unmap, bytes_of(protocol::DmaUnmap{.address = 0x1000, .size = 4096}));
    EXPECT_EQ(client.error_of(Command::region_read, bytes_of(RegionAccess{0, 0, 4})), 0);
}

TEST(HostileClient, gets_an_error_for_dma_memory_that_makes_no_sense) {
    RunningServer server;
    RawClient client(server);
    using protocol::DmaMap;
    const auto error = [&](const DmaMap& map) {
        return client.error_of(Command::dma_map, bytes_of(map));
    };
    EXPECT_EQ(error({.size = 0}), EINVAL);
    EXPECT_EQ(error({.argsz = 8, .size = 4096}), EINVAL);
    EXPECT_EQ(error({.flags = 0x100, .size = 4096}), EINVAL);
    EXPECT_EQ(error({.address = ~0ULL, .size = 4096}), EINVAL);
    EXPECT_EQ(error({.offset = ~0ULL - 100, .size = 4096}), EINVAL);
    EXPECT_EQ(error({.address = 0x1000, .size = 0x1000}), 0);
    EXPECT_EQ(error({.address = 0x1800, .size = 0x1000}), EEXIST);
    EXPECT_EQ(error({.address = 0x0, .size = ~0ULL >> 1}), EEXIST);
}

TEST(HostileClient, gets_an_error_for_interrupts_that_make_no_sense) {
    RunningServer server;
    RawClient client(server);
    using protocol::IrqSet;
    const FileDescriptor event(::eventfd(0, EFD_CLOEXEC));
    const int number = event.get();
    const auto error = [&](IrqSet set, std::size_t descriptors = 0) {
        return client.error_of(Command::set_irqs, bytes_of(set), std::span(&number, descriptors));
    };
    constexpr auto trigger = protocol::irq_action_trigger;
    EXPECT_EQ(error({.flags = 0, .count = 1}), EINVAL);
    EXPECT_EQ(error({.flags = trigger, .count = 1}), EINVAL);
    EXPECT_EQ(error({.flags = 0x3f, .count = 1}), EINVAL);
    EXPECT_EQ(error({.flags = trigger | protocol::irq_data_none | 0x100, .count = 1}), EINVAL);
    EXPECT_EQ(error({.flags = trigger | protocol::irq_data_none, .index = 5, .count = 1}), EINVAL);
    EXPECT_EQ(error({.flags = trigger | protocol::irq_data_none, .start = 1, .count = 0}), EINVAL);
    EXPECT_EQ(error({.flags = trigger | protocol::irq_data_none,
                     .index = 1,
                     .start = 0xffffffff,
                     .count = 2}),
              EINVAL);
    EXPECT_EQ(error({.flags = trigger | protocol::irq_data_bool, .index = 1, .count = 16}), EINVAL);
    EXPECT_EQ(error({.flags = trigger | protocol::irq_data_eventfd, .index = 1, .count = 2}, 1),
              EINVAL);
    EXPECT_EQ(
        error(
            {.flags = protocol::irq_action_mask | protocol::irq_data_none, .index = 3, .count = 1}),
        EINVAL);
    EXPECT_EQ(
        error({.flags = protocol::irq_action_unmask | protocol::irq_data_eventfd, .count = 1}, 1),
        EINVAL);
    EXPECT_EQ(error({.flags = trigger | protocol::irq_data_eventfd, .count = 1}, 1), 0);
}

TEST(HostileClient, that_does_not_answer_for_its_memory_loses_that_transfer_alone) {
    // The card asks during the client's own request (2), and at another time (3).
    for (const std::uint64_t command : {2, 3})
        for (const char* json : {"", R"({"capabilities": {"twin_socket": {"supported": true}}})"}) {
            RunningServer server(quick_server());
            {
                RawClient client(server, json);
                const auto descriptors = std::move(client.descriptors);
                const auto reply = [&] {
                    auto message = client.receive();
                    while (message.whole &&
                           (message.header.flags & protocol::type_mask) != protocol::type_reply)
                        message = client.receive();  // the card's own request
                    EXPECT_TRUE(message.whole);
                    return message;
                };
                const auto write = [&](std::uint64_t offset, std::uint32_t region,
                                       std::uint64_t value) {
                    client.send({.command = Command::region_write},
                                bytes_of(protocol::RegionAccess{offset, region, 8}, value));
                    return reply().header.error;
                };
                ASSERT_EQ(write(0, 7, 0x0000000756781234), 0u);
                const protocol::DmaMap map{.flags = 3, .address = 0x1000, .size = 0x1000};
                ASSERT_EQ(client.error_of(Command::dma_map, bytes_of(map)), 0);
                ASSERT_EQ(write(0x30, 0, 0x1000), 0u);
                ASSERT_EQ(write(0x38, 0, 16), 0u);
                ASSERT_EQ(write(0x40, 0, command), 0u);
                std::this_thread::sleep_for(300ms);
                client.send({.command = Command::region_read},
                            bytes_of(protocol::RegionAccess{0x44, 0, 4}));
                const auto outcome = reply();
                ASSERT_EQ(outcome.payload.size(), sizeof(protocol::RegionAccess) + 4);
                EXPECT_EQ(outcome.payload[sizeof(protocol::RegionAccess)], std::byte{2});
            }
            EXPECT_EQ(server.said("it does not answer"), 0U);
            EXPECT_TRUE(server.serves());
        }
}

TEST(HostileClient, that_floods_instead_of_answering_is_sent_away) {
    RunningServer server(quick_server());
    RawClient client(server);
    const auto write = [&](std::uint64_t offset, std::uint32_t region, std::uint64_t value) {
        return client.error_of(Command::region_write,
                               bytes_of(protocol::RegionAccess{offset, region, 8}, value));
    };
    ASSERT_EQ(write(0, 7, 0x0000000756781234), 0);
    const protocol::DmaMap map{.flags = 3, .address = 0x1000, .size = 0x1000};
    ASSERT_EQ(client.error_of(Command::dma_map, bytes_of(map)), 0);
    ASSERT_EQ(write(0x30, 0, 0x1000), 0);
    ASSERT_EQ(write(0x38, 0, 16), 0);
    client.send({.command = Command::region_write, .flags = protocol::flag_no_reply},
                bytes_of(protocol::RegionAccess{0x40, 0, 8}, std::uint64_t{2}));
    for (int i = 0; i < 40000; ++i) {
        client.send({.command = Command::region_write, .flags = protocol::flag_no_reply},
                    bytes_of(protocol::RegionAccess{8, 0, 8}, std::uint64_t{2}));
    }
    EXPECT_TRUE(server.serves());
}

TEST(HostileClient, gets_no_descriptor_without_room_for_what_belongs_to_it) {
    RunningServer server;
    RawClient client(server);
    client.send({.command = Command::get_region_info},
                bytes_of(protocol::RegionInfo{.argsz = 32, .index = 2}));
    auto reply = client.receive();
    EXPECT_EQ(client.descriptors.size(), 0U);
    const auto wanted = reply.get<protocol::RegionInfo>().argsz;
    EXPECT_EQ(wanted, 32U + 8 + 8 + 2 * 16);
    client.send({.command = Command::get_region_info},
                bytes_of(protocol::RegionInfo{.argsz = wanted, .index = 2}));
    reply = client.receive();
    EXPECT_EQ(reply.payload.size(), wanted);
    EXPECT_EQ(client.descriptors.size(), 1U);
}

TEST(HostileClient, cannot_cut_short_the_memory_that_it_was_lent) {
    RunningServer server;
    RawClient client(server);
    client.send({.command = Command::get_region_info},
                bytes_of(protocol::RegionInfo{.argsz = 4096, .index = 2}));
    ASSERT_TRUE(client.receive().whole);
    ASSERT_EQ(client.descriptors.size(), 1U);
    EXPECT_NE(::ftruncate(client.descriptors[0], 0), 0);
    EXPECT_TRUE(client.error_of(Command::region_read, bytes_of(protocol::RegionAccess{0, 2, 8})) ==
                0);
}

}  // namespace
}  // namespace openbar::vfio_user
