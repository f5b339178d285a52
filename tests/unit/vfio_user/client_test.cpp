// The client against a well-behaved server.
#include "unit/vfio_user/running_card.hpp"
#include "unit/vfio_user/scripted_server.hpp"

#include <array>
#include <thread>

namespace openbar::vfio_user {
namespace {

using testing::RunningCard;

TEST(VfioUserClient, agrees_with_our_server_on_everything_it_offers) {
    const RunningCard running;
    ASSERT_TRUE(running.client) << running.client.error().message();
    const Negotiated& agreed = running.client->negotiated();
    EXPECT_TRUE(agreed.twin_socket);
    EXPECT_TRUE(agreed.write_multiple);
    EXPECT_EQ(agreed.max_transfer, 1U << 20);
    EXPECT_EQ(agreed.max_descriptors, 16U);
    EXPECT_TRUE(running.client->device().can_reset);
    EXPECT_TRUE(running.client->device().is_pci);
}

TEST(VfioUserClient, does_without_what_it_did_not_offer) {
    const RunningCard running({.twin_socket = false, .write_multiple = false});
    ASSERT_TRUE(running.client);
    EXPECT_FALSE(running.client->negotiated().twin_socket);
    EXPECT_FALSE(running.client->negotiated().write_multiple);
    const std::array<RegionWrite, 2> writes{{{0, 8, 4, 1}, {0, 8, 4, 2}}};
    EXPECT_TRUE(running.client->write_batch(writes));
    EXPECT_EQ(*running.client->read_width(0, 8, 4), 2U);
}

TEST(VfioUserClient, describes_regions) {
    const RunningCard running;
    const auto& client = *running.client;
    EXPECT_EQ((*client.region(0))->size, 4096U);
    EXPECT_TRUE((*client.region(0))->mappable.empty());
    EXPECT_FALSE((*client.region(0))->not_mappable_because.empty());
    const std::vector<Range> plain{{0, 4096}, {8192, 4096}};
    EXPECT_EQ((*client.region(2))->mappable, plain);
    EXPECT_EQ((*client.region(1))->size, 0U);
    EXPECT_EQ((*client.region(7))->size, 256U);
    EXPECT_EQ(client.region(9).error().code, ErrorCode::not_found);
}

TEST(VfioUserClient, reads_and_writes_with_the_width_asked_for) {
    const RunningCard running;
    const auto& client = *running.client;
    EXPECT_EQ(*client.read_width(0, 0, 4), 0x0badcafeU);
    for (const unsigned width : {1U, 2U, 4U, 8U}) {
        ASSERT_TRUE(client.write_width(0, 8, width, 0x1122334455667788));
        EXPECT_EQ(*client.read_width(0, 0x18, 4), width);
        const std::uint64_t mask = width == 8 ? ~0ULL : (1ULL << (8 * width)) - 1;
        EXPECT_EQ(*client.read_width(0, 8, 8), 0x1122334455667788 & mask);
    }
}

TEST(VfioUserClient, reads_the_configuration_space) {
    const RunningCard running;
    EXPECT_EQ(*running.client->read_width(7, 0, 4), 0x56781234U);
    std::array<std::byte, 256> all{};
    ASSERT_TRUE(running.client->read(7, 0, all));
    EXPECT_EQ(all[0], std::byte{0x34});
    EXPECT_EQ(all[3], std::byte{0x56});
}

TEST(VfioUserClient, refuses_accesses_that_make_no_sense_without_asking_the_server) {
    const RunningCard running;
    const auto& client = *running.client;
    EXPECT_EQ(client.read_width(0, 0, 3).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(client.read_width(0, 2, 4).error().code, ErrorCode::misaligned);
    EXPECT_EQ(client.read_width(0, 4096, 4).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(client.read_width(0, ~0ULL - 3, 4).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(client.read_width(1, 0, 4).error().code, ErrorCode::not_found);
    EXPECT_EQ(client.write_posted(0, 4096, 4, 0).error().code, ErrorCode::out_of_range);
    std::array<std::byte, 6> odd{};
    EXPECT_EQ(client.read_elements(0, 0, odd, 4).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(client.write_elements(0, 0, odd, 4).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(*client.read_width(0, 0x10, 8), 0U) << "the card has seen a write";
}

TEST(VfioUserClient, an_error_names_the_server_and_what_was_attempted) {
    const RunningCard running;
    const Error error = running.client->read_width(0, 0x2000, 4).error();
    EXPECT_EQ(error.message(),
              "read 4 bytes at 0x2000 of sim:test bar0: the region has 0x1000 bytes");
}

TEST(VfioUserClient, posted_writes_arrive_in_order_and_before_the_fence) {
    const RunningCard running;
    const auto& client = *running.client;
    for (std::uint64_t i = 1; i <= 5000; ++i) ASSERT_TRUE(client.write_posted(0, 8, 4, i));
    ASSERT_TRUE(client.fence());
    EXPECT_EQ(*client.read_width(0, 8, 4), 5000U);
    EXPECT_EQ(*client.read_width(0, 0x10, 8), 5000U);
}

TEST(VfioUserClient, a_batch_is_carried_out_in_order_coalesced_or_pipelined) {
    for (const bool coalesced : {true, false}) {
        const RunningCard running({.write_multiple = coalesced});
        std::vector<RegionWrite> writes;
        for (std::uint64_t i = 1; i <= 3000; ++i) writes.push_back({0, 8, 4, i});
        ASSERT_TRUE(running.client->write_batch(writes));
        EXPECT_EQ(*running.client->read_width(0, 8, 4), 3000U);
        EXPECT_EQ(*running.client->read_width(0, 0x10, 8), 3000U);
    }
}

TEST(VfioUserClient, a_batch_with_one_bad_write_sends_none) {
    const RunningCard running;
    const std::array<RegionWrite, 2> writes{{{0, 8, 4, 1}, {0, 9, 4, 2}}};
    EXPECT_EQ(running.client->write_batch(writes).error().code, ErrorCode::misaligned);
    EXPECT_EQ(*running.client->read_width(0, 0x10, 8), 0U);
}

TEST(VfioUserClient, elements_are_accesses_of_their_width_whatever_their_number) {
    const RunningCard running;
    const auto& client = *running.client;
    std::array<std::byte, 1024> many{};
    ASSERT_TRUE(client.read_elements(0, 0, many, 4));
    EXPECT_EQ(many[0], std::byte{0xfe});
    EXPECT_EQ(many[4], std::byte{0});
    const std::array<std::byte, 8> source{};
    ASSERT_TRUE(client.write_elements(0, 0x100, source, 2));
    EXPECT_EQ(*client.read_width(0, 0x10, 8), 4U);
    EXPECT_EQ(*client.read_width(0, 0x18, 4), 2U);
}

TEST(VfioUserClient, moves_plain_memory_in_bulk) {
    const RunningCard running;
    std::vector<std::byte> source(16384);
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<std::byte>(i * 7);
    ASSERT_TRUE(running.client->write(2, 0, source));
    std::vector<std::byte> destination(16384);
    ASSERT_TRUE(running.client->read(2, 0, destination));
    for (std::size_t i = 0; i < source.size(); ++i) {
        const bool plain = i / 4096 % 2 == 0;
        const auto expected = plain ? source[i] : std::byte(i % 4 == 0 ? 0x5a : 0);
        ASSERT_EQ(destination[i], expected) << "at " << i;
    }
}

TEST(VfioUserClient, resets_the_card) {
    const RunningCard running;
    ASSERT_TRUE(running.client->write_width(0, 8, 4, 77));
    ASSERT_TRUE(running.client->reset());
    EXPECT_EQ(*running.client->read_width(0, 8, 4), 0U);
}

TEST(VfioUserClient, serves_several_threads_at_once) {
    const RunningCard running;
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i) {
                auto value = running.client->read_width(0, 0, 4);
                if (!value || *value != 0x0badcafe) ++wrong;
                if (!running.client->write_posted(0, 8, 4, 1)) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(*running.client->read_width(0, 0x10, 8), 2000U);
}

TEST(VfioUserClient, finds_the_card_removed_when_its_server_ends) {
    RunningCard running;
    running.program = Error{};
    const auto value = running.client->read_width(0, 0, 4);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, ErrorCode::removed);
    EXPECT_NE(value.error().message().find("sim:test"), std::string::npos);
    EXPECT_EQ(running.client->fence().error().code, ErrorCode::removed);
}

TEST(VfioUserClient, an_error_of_the_server_is_told_with_its_errno) {
    const RunningCard running;
    ASSERT_TRUE(running.client->write_width(7, 4, 2, 0));  // decode nothing
    const Error error = running.client->read_width(0, 0, 4).error();
    EXPECT_EQ(error.system_error, EIO);
    std::array<std::byte, 16> some{};
    EXPECT_EQ(running.client->read_elements(0, 0, some, 4).error().system_error, EIO);
    const std::array<RegionWrite, 1> writes{{{0, 8, 4, 1}}};
    EXPECT_EQ(running.client->write_batch(writes).error().code, ErrorCode::io);
}

}  // namespace
}  // namespace openbar::vfio_user
