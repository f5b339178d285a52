// What a driver gone wrong, or a hostile client, can do to the card.
#include "tests/unit/simulator/intel_82540em/driver.hpp"

#include <random>

namespace openbar::simulator {
namespace {

using namespace std::chrono_literals;

using CardUnderAttack = CardUnderTest;

TEST_F(CardUnderAttack, rings_that_are_not_in_memory_send_and_store_nothing) {
    bring_up();
    put(tdbah, 0xdead0000);
    put(rdbah, 0xdead0000);
    send(frame_to(own, 64));
    EXPECT_TRUE(wire->sent.empty());
    EXPECT_EQ(get(tdh), 0u);
    wire->arrive(frame_to(own, 64));
    EXPECT_EQ(get(rdh), 0u);
    EXPECT_EQ(get(0x4010), 1u) << "missed";
    put(tdbah, 0);
    put(rdbah, 0);
    put(tdt, get(tdt));
    EXPECT_EQ(wire->sent.size(), 1u) << "goes on once the ring is there";
    wire->arrive(frame_to(own, 64));
    EXPECT_EQ(received_bytes(0).size(), 64u);
}

TEST_F(CardUnderAttack, buffers_that_are_not_in_memory_lose_only_their_frame) {
    bring_up();
    describe(0xffffffffffffff00, 0x200 | 0x0b000000);
    describe(place(frame_to(own, 64)), 64 | 0x0b000000);
    start_transmit();
    EXPECT_EQ(wire->sent.size(), 1u);
    bus.store<std::uint64_t>(receive_ring, 0xffffffffffffff00);
    wire->arrive(frame_to(own, 64));
    EXPECT_EQ(received(0).errors, 0x80);
    EXPECT_EQ(received(0).status & 3, 3);
    wire->arrive(frame_to(own, 64));
    EXPECT_EQ(received(1).errors, 0);
}

TEST_F(CardUnderAttack, without_bus_mastering_nothing_moves) {
    bring_up();
    bus.master = false;
    send(frame_to(own, 64));
    wire->arrive(frame_to(own, 64));
    EXPECT_EQ(get(tdh), 0u);
    EXPECT_EQ(get(rdh), 0u);
}

TEST_F(CardUnderAttack, head_and_tail_outside_the_ring_make_it_empty) {
    bring_up();
    put(tdt, 0xffff);
    put(rdt, 0xffff);
    wire->arrive(frame_to(own, 64));
    put(tdt, 3);
    put(tdh, 0x8000);
    put(tdt, 4);
    EXPECT_TRUE(wire->sent.empty());
    EXPECT_EQ(get(rdh), 0u);
    put(tdlen, 0);
    put(tdh, 0);
    put(tdt, 0);
    EXPECT_EQ(get(tdh), 0u);
}

TEST_F(CardUnderAttack, frames_that_never_end_do_not_grow_without_end) {
    bring_up();
    for (int round = 0; round < 100; ++round) {
        for (std::uint32_t i = 0; i < ring_size - 1; ++i) describe(transmit_buffers, 0xffff);
        start_transmit();
        bus.advance(1ms);
    }
    EXPECT_EQ(get(tdh), get(tdt));
    describe(transmit_buffers, 64 | 0x0b000000);
    start_transmit();
    EXPECT_TRUE(wire->sent.empty()) << "the end of a frame that was too long";
    send(frame_to(own, 64));
    EXPECT_EQ(wire->sent.size(), 1u);
}

TEST_F(CardUnderAttack, the_largest_ring_is_worked_off_in_slices) {
    bring_up();
    // A ring of 65528 descriptors that lies over all of memory; each asks for the same bytes.
    put(tdlen, 0xfff80);
    for (std::uint64_t at = 0; at + 16 <= StandInBus::memory_bytes; at += 16) {
        bus.store<std::uint64_t>(StandInBus::memory_start + at, transmit_buffers);
        bus.store<std::uint64_t>(StandInBus::memory_start + at + 8, 0x1000 | 0x03000000);
    }
    put(tdbal, static_cast<std::uint32_t>(StandInBus::memory_start));
    bus.transfers = 0;
    put(tdt, 65527);
    EXPECT_LT(bus.transfers, 2000u) << "one call";
    EXPECT_LT(get(tdh), 65527u);
    for (int i = 0; i < 2000 && get(tdh) != 65527; ++i) {
        bus.transfers = 0;
        bus.advance(1us);
        EXPECT_LT(bus.transfers, 2000u) << "each later one";
    }
    EXPECT_EQ(get(tdh), 65527u);
    EXPECT_EQ(wire->sent.size(), 65527u);
}

TEST_F(CardUnderAttack, the_smallest_segments_are_sent_in_slices) {
    bring_up();
    constexpr std::uint64_t payload = 60000;
    describe(14ull | (34ull << 32), payload | 0x27000000 | (54ull << 40) | (1ull << 48));
    describe(transmit_buffers, (payload + 54) | 0x2f100000);
    start_transmit();
    const std::size_t first = wire->sent.size();
    EXPECT_LT(first, 1000u);
    EXPECT_EQ(transmit_status(), 0u) << "not done yet";
    bus.advance(10us);
    EXPECT_GT(wire->sent.size(), first);
    put(ctrl, 1u << 26);
    const std::size_t at_reset = wire->sent.size();
    bus.advance(1s);
    EXPECT_EQ(wire->sent.size(), at_reset) << "a reset ends it";
}

TEST_F(CardUnderAttack, padding_descriptors_without_end_are_skipped_in_slices) {
    bring_up();
    put(rdlen, 0xfff80);
    for (std::uint64_t at = 0; at < StandInBus::memory_bytes; at += 8)
        bus.store<std::uint64_t>(StandInBus::memory_start + at, 0);
    put(rdt, 65527);
    bus.transfers = 0;
    wire->arrive(frame_to(own, 64));
    EXPECT_LT(bus.transfers, 4000u);
    bus.advance(10ms);
    EXPECT_EQ(get(rdh), 65527u);
}

TEST_F(CardUnderAttack, offsets_outside_the_packet_change_nothing) {
    bring_up();
    const Bytes frame = frame_to(own, 64);
    describe(0xffffffffffffffff, 0x20000000 | (1ull << 25));
    describe(place(frame), 64 | 0x2b100000 | (3ull << 40));
    describe(place(frame), 64 | (0xffull << 16) | 0x0f000000 | (0xffull << 40));
    start_transmit();
    EXPECT_THAT(wire->sent, testing::ElementsAre(frame, frame));
}

TEST_F(CardUnderAttack, flood_of_frames_stays_within_the_packet_buffer) {
    bring_up();
    put(rdt, 0);
    for (int i = 0; i < 10000; ++i) wire->arrive(frame_to(own, 1000));
    EXPECT_EQ(get(0x40a0), 49u) << "48 KiB hold 49 of them; each found no descriptor";
    EXPECT_EQ(get(0x4010), 10000u - 49);
}

// Any register, any value, any descriptor, in any order: the card survives and calls come back.
TEST_F(CardUnderAttack, survives_random_drivers) {
    std::mt19937 random(20240601);
    constexpr std::uint32_t interesting[] = {
        ctrl, eecd, eerd, mdic,  icr,   itr,   ics, ims, rctl, tctl, rdbal, rdbah,  rdlen,  rdh,
        rdt,  rdtr, radv, tdbal, tdbah, tdlen, tdh, tdt, tidv, tadv, 0x38,  rxcsum, 0x1000, 0x4};
    for (int round = 0; round < 300; ++round) {
        bring_up();
        for (std::uint64_t at = 0; at < 0x2000; at += 4)
            if (random() % 2 == 0)
                bus.store(receive_ring + at, static_cast<std::uint32_t>(random()));
        // Mostly addresses that exist, so that much is done.
        for (std::uint64_t at = 0; at < 0x2000; at += 16)
            bus.store<std::uint64_t>(receive_ring + at, transmit_buffers + random() % 0x40000);
        for (int i = 0; i < 50; ++i) {
            const std::uint32_t offset = interesting[random() % std::size(interesting)];
            std::uint32_t value = static_cast<std::uint32_t>(random()) >> (random() % 32);
            if (offset == tdbah || offset == rdbah) value = 0;
            if (offset == tdbal || offset == rdbal)
                value = static_cast<std::uint32_t>(receive_ring + value % 0x1000);
            put(offset, value);
            static_cast<void>(card->read(0, (random() % 0x20000) & ~3u, 4));
            if (i % 4 == 0) wire->arrive(frame_to(everybody, 14 + random() % 9000));
            bus.advance(std::chrono::nanoseconds(random() % 5000));
            wire->sent.clear();
        }
    }
    bus.advance(1s);
    wire->sent.clear();
    card->reset();
    bring_up();
    put(rdbal, static_cast<std::uint32_t>(receive_ring));
    for (std::uint64_t at = 0; at < 0x2000; at += 4) bus.store<std::uint32_t>(receive_ring + at, 0);
    describe(place(frame_to(own, 64)), 64 | 0x0b000000);
    start_transmit();
    EXPECT_EQ(wire->sent.size(), 1u) << "and works";
}

}  // namespace
}  // namespace openbar::simulator
