#include "simulator/wires/pcap.hpp"
#include "tests/unit/simulator/intel_82540em/driver.hpp"
namespace openbar::simulator {
namespace {

using CardReceive = CardUnderTest;

constexpr std::uint32_t missed = 0x4010, no_buffers = 0x40a0, received_total = 0x40d0;
constexpr std::uint32_t enabled = 0x04008002;  // SECRC, BAM, EN

TEST_F(CardReceive, stores_the_frame_and_says_so) {
    bring_up();
    put(ims, rxt0);
    const Bytes frame = frame_to(own, 100);
    wire->arrive(frame);
    EXPECT_EQ(received_bytes(0), frame);
    EXPECT_EQ(received(0).status & 0x03, 0x03) << "done, end of packet";
    EXPECT_EQ(received(0).errors, 0);
    EXPECT_EQ(get(rdh), 1u);
    EXPECT_TRUE(bus.line);
    EXPECT_EQ(get(icr) & rxt0, rxt0);
}

TEST_F(CardReceive, takes_nothing_before_it_is_enabled_or_without_link) {
    bring_up(0);
    wire->arrive(frame_to(own, 100));
    put(rctl, enabled);
    put(ctrl, get(ctrl) & ~(1u << 6));
    wire->arrive(frame_to(own, 100));
    EXPECT_EQ(get(rdh), 0u);
    put(ctrl, get(ctrl) | (1u << 6));
    wire->arrive(frame_to(own, 100));
    EXPECT_EQ(get(rdh), 1u);
}

TEST_F(CardReceive, short_frames_are_padded) {
    bring_up();
    wire->arrive(frame_to(own, 20));
    EXPECT_EQ(received(0).length, 60);
    wire->arrive(Bytes(13));
    EXPECT_EQ(get(rdh), 1u) << "no header, no frame";
}

TEST_F(CardReceive, keeps_the_check_sequence_unless_told_to_strip_it) {
    bring_up(enabled & ~(1u << 26));
    const Bytes frame = frame_to(own, 60, 0);
    wire->arrive(frame);
    ASSERT_EQ(received(0).length, 64);
    // The remainder over a frame with its check sequence is a constant (IEEE 802.3).
    std::uint32_t crc = 0xffffffff;
    for (const std::uint8_t byte : received_bytes(0)) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
    }
    EXPECT_EQ(crc, 0xdebb20e3u);
}

TEST_F(CardReceive, takes_its_own_address_and_what_the_filters_allow) {
    bring_up(0x04000002);
    const Bytes other = {0x02, 1, 2, 3, 4, 5};
    const Bytes group = {0x01, 0x00, 0x5e, 0x01, 0x02, 0x03};
    const auto taken = [&](const Bytes& destination, std::uint32_t control) {
        put(rctl, control);
        const std::uint32_t before = get(rdh);
        wire->arrive(frame_to(destination, 64));
        const bool stored = get(rdh) != before;
        put(rdt, (get(rdh) + ring_size - 1) % ring_size);
        return stored;
    };
    constexpr std::uint32_t base = 0x04000002;
    EXPECT_TRUE(taken(own, base));
    EXPECT_FALSE(taken(other, base));
    EXPECT_TRUE(taken(other, base | (1u << 3))) << "promiscuous";
    EXPECT_FALSE(taken(everybody, base));
    EXPECT_TRUE(taken(everybody, base | (1u << 15)));
    EXPECT_FALSE(taken(group, base));
    EXPECT_TRUE(taken(group, base | (1u << 4))) << "all multicast";
    put(ral + 8, 0x04030201 << 8 | 0x02);
    put(rah + 8, 0x0504);
    EXPECT_FALSE(taken(other, base)) << "an entry that is not valid";
    put(rah + 8, 0x80000504);
    EXPECT_TRUE(taken(other, base)) << "the second exact address";
}

TEST_F(CardReceive, multicast_table_is_indexed_by_the_bits_that_the_driver_chose) {
    const Bytes group = {0x01, 0x00, 0x5e, 0x01, 0xab, 0x0c};
    const std::uint32_t hashes[] = {0x0ca, 0x195, 0x32a, 0xcab};  // of 0x0cab, from bit 4, 3, 2, 0
    for (std::uint32_t offset = 0; offset < 4; ++offset) {
        bring_up(0x04000002 | (offset << 12));
        wire->arrive(frame_to(group, 64));
        EXPECT_EQ(get(rdh), 0u);
        put(mta + 4 * (hashes[offset] >> 5), 1u << (hashes[offset] & 31));
        wire->arrive(frame_to(group, 64));
        EXPECT_EQ(get(rdh), 1u) << offset;
        EXPECT_EQ(received(0).status & 0x80, 0x80) << "passed an inexact filter";
    }
}

TEST_F(CardReceive, vlan_tags_are_filtered_and_stripped) {
    bring_up(enabled | (1u << 18));
    Bytes frame = frame_to(own, 100);
    const Bytes tag = {0x81, 0x00, 0xa0, 0x64};  // priority 5, VLAN 100
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    wire->arrive(frame);
    EXPECT_EQ(get(rdh), 0u) << "VLAN 100 is not in the table";
    put(vfta + 4 * 3, 1u << 4);
    wire->arrive(frame);
    EXPECT_EQ(received_bytes(0), frame);
    put(ctrl, get(ctrl) | (1u << 30));
    wire->arrive(frame);
    EXPECT_EQ(received_bytes(1), frame_to(own, 100));
    EXPECT_EQ(received(1).status & 8, 8);
    EXPECT_EQ(received(1).special, 0xa064);
}

TEST_F(CardReceive, long_frames_need_permission_and_span_descriptors) {
    bring_up(enabled);
    Bytes frame = frame_to(own, 5000);
    for (std::size_t i = 14; i < frame.size(); ++i) frame[i] = static_cast<std::uint8_t>(i * 13);
    wire->arrive(frame);
    EXPECT_EQ(get(rdh), 0u);
    EXPECT_EQ(get(0x40ac), 1u) << "oversize";
    put(rctl, enabled | (1u << 5));
    wire->arrive(frame);
    EXPECT_EQ(get(rdh), 3u);
    EXPECT_EQ(received(0).length, 2048);
    EXPECT_EQ(received(0).status & 3, 1) << "done, not the end";
    EXPECT_EQ(received(2).length, 5000 - 4096);
    EXPECT_EQ(received(2).status & 3, 3);
    Bytes together = received_bytes(0);
    for (std::uint32_t i : {1u, 2u})
        for (const std::uint8_t byte : received_bytes(i)) together.push_back(byte);
    EXPECT_EQ(together, frame);
}

TEST_F(CardReceive, buffer_sizes_are_those_of_the_table) {
    const std::pair<std::uint32_t, std::uint16_t> sizes[] = {{0, 2048},
                                                             {1u << 16, 1024},
                                                             {2u << 16, 512},
                                                             {3u << 16, 256},
                                                             {1u << 25 | 1u << 16, 9000},
                                                             {1u << 25 | 2u << 16, 8192},
                                                             {1u << 25 | 3u << 16, 4096}};
    for (const auto& [bits, expected] : sizes) {
        bring_up(enabled | (1u << 5) | bits);
        wire->arrive(frame_to(own, 9000));
        EXPECT_EQ(received(0).length, expected) << std::hex << bits;
    }
}

TEST_F(CardReceive, ring_goes_round_as_the_driver_gives_descriptors_back) {
    bring_up();
    for (std::uint32_t i = 0; i < 3 * ring_size; ++i) {
        const std::uint32_t index = i % ring_size;
        bus.store<std::uint8_t>(receive_ring + 16 * index + 12, 0);
        wire->arrive(frame_to(own, 64, static_cast<std::uint8_t>(i)));
        EXPECT_EQ(received(index).status & 3, 3);
        EXPECT_EQ(received_bytes(index), frame_to(own, 64, static_cast<std::uint8_t>(i)));
        put(rdt, index);
    }
    EXPECT_EQ(get(received_total), 3 * ring_size);
}

TEST_F(CardReceive, threshold_interrupt_comes_when_descriptors_run_low) {
    bring_up(enabled | (1u << 8));  // a quarter of 8
    for (int i = 0; i < 4; ++i) wire->arrive(frame_to(own, 64));
    EXPECT_EQ(get(icr) & rxdmt0, 0u);
    wire->arrive(frame_to(own, 64));
    EXPECT_EQ(get(icr) & rxdmt0, rxdmt0);
}

TEST_F(CardReceive, frames_without_a_descriptor_wait_in_the_card) {
    bring_up();
    for (std::uint8_t i = 0; i < 10; ++i) wire->arrive(frame_to(own, 64, i));
    EXPECT_EQ(get(rdh), 7u);
    EXPECT_EQ(get(no_buffers), 3u);
    EXPECT_EQ(get(missed), 0u);
    put(rdt, 2);
    EXPECT_EQ(get(rdh), 2u);
    EXPECT_EQ(received_bytes(1), frame_to(own, 64, 9));
}

TEST_F(CardReceive, overrun_loses_frames_and_tells) {
    bring_up();
    static_cast<void>(get(icr));
    for (int i = 0; i < 7 + 32; ++i) wire->arrive(frame_to(own, 1514));
    EXPECT_EQ(get(icr) & rxo, 0u) << "48 KiB hold 32 of them";
    wire->arrive(frame_to(own, 1514));
    EXPECT_EQ(get(icr) & rxo, rxo);
    EXPECT_EQ(get(missed), 1u);
    put(rdt, (get(rdh) + ring_size - 1) % ring_size);
    wire->arrive(frame_to(own, 1514));
    EXPECT_EQ(get(missed), 0u) << "there is room again";
}

TEST_F(CardReceive, descriptor_without_a_buffer_is_padding) {
    bring_up();
    bus.store<std::uint64_t>(receive_ring, 0);
    bus.store<std::uint64_t>(receive_ring + 8, 0x1122334400556677);
    wire->arrive(frame_to(own, 64));
    EXPECT_EQ(bus.load<std::uint64_t>(receive_ring + 8), 0x1122330100556677u);
    EXPECT_EQ(received(1).length, 64);
    EXPECT_EQ(get(rdh), 2u);
}

TEST_F(CardReceive, counts_what_it_takes) {
    bring_up();
    wire->arrive(frame_to(own, 60));
    wire->arrive(frame_to(everybody, 508));
    wire->arrive(frame_to({0x02, 9, 9, 9, 9, 9}, 60));  // not for us
    EXPECT_EQ(get(0x4074), 2u) << "good";
    EXPECT_EQ(get(0x4078), 1u) << "broadcast";
    EXPECT_EQ(get(0x405c), 1u) << "64 bytes";
    EXPECT_EQ(get(0x406c), 1u) << "512 to 1023";
    EXPECT_EQ(get(0x40c0), 64u + 512);
    EXPECT_EQ(get(0x40c4), 0u);
    EXPECT_EQ(get(0x40c0), 0u);
}

// A UDP datagram of 10 bytes with right checksums.
Bytes datagram() {
    Bytes frame = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0x02, 0,   0,    0,    0,    1,    0x08,
                   0x00, 0x45, 0,    0,    38,   0,    1,    0,   0,    64,   17,   0x66, 0xc4,
                   10,   0,    0,    1,    10,   0,    0,    2,   0x30, 0x39, 0x00, 0x50, 0,
                   18,   0,    0,    'o',  'p',  'e',  'n',  'b', 'a',  'r',  '!',  '!',  '!'};
    std::uint32_t sum = 17 + 18;
    for (std::size_t i = 26; i < frame.size(); i += 2)
        sum += (static_cast<std::uint32_t>(frame[i]) << 8) | frame[i + 1];
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    frame[40] = static_cast<std::uint8_t>(~sum >> 8);
    frame[41] = static_cast<std::uint8_t>(~sum);
    return frame;
}

TEST_F(CardReceive, checks_the_sums_of_ip_and_udp) {
    bring_up();
    put(rxcsum, 0x300);
    wire->arrive(datagram());
    EXPECT_EQ(received(0).status, 0x63) << "IP and UDP checked";
    EXPECT_EQ(received(0).errors, 0);
    Bytes wrong_ip = datagram();
    wrong_ip[22] = 63;
    wire->arrive(wrong_ip);
    EXPECT_EQ(received(1).errors, 0x40);
    Bytes wrong_udp = datagram();
    wrong_udp[45] ^= 1;
    wire->arrive(wrong_udp);
    EXPECT_EQ(received(2).errors, 0x20);
    put(rxcsum, 0);
    wire->arrive(wrong_udp);
    EXPECT_EQ(received(3).status, 0x07) << "to be ignored";
    EXPECT_EQ(received(3).errors, 0);
}

TEST_F(CardReceive, unchecked_datagrams_and_fragments_are_left_alone) {
    bring_up();
    put(rxcsum, 0x200);
    Bytes without = datagram();
    without[40] = without[41] = 0;
    wire->arrive(without);
    EXPECT_EQ(received(0).status, 0x03);
    Bytes fragment = datagram();
    fragment[20] = 0x20;
    wire->arrive(fragment);
    EXPECT_EQ(received(1).status, 0x03);
    Bytes cut_off = datagram();
    cut_off[16] = 0xff;
    wire->arrive(cut_off);
    EXPECT_EQ(received(2).status, 0x03);
}

TEST_F(CardReceive, loops_back_on_request) {
    bring_up(enabled | (1u << 6));
    send(frame_to(own, 80));
    EXPECT_TRUE(wire->sent.empty());
    EXPECT_EQ(received_bytes(0), frame_to(own, 80));
    wire->arrive(frame_to(own, 80));
    EXPECT_EQ(get(rdh), 1u) << "the wire is cut off meanwhile";
}

TEST_F(CardReceive, wire_that_loops_brings_each_frame_back_while_it_is_sent) {
    bring_up();
    wire->loops = true;
    for (std::uint8_t i = 0; i < 5; ++i) {
        send(frame_to(own, 64, i));
        EXPECT_EQ(received_bytes(i), frame_to(own, 64, i));
    }
}

TEST_F(CardReceive, hears_a_capture_from_its_first_frame_however_late_its_driver_is) {
    std::vector<CapturedFrame> frames;
    for (int number = 0; number < 100; ++number)
        frames.push_back({.time = std::chrono::milliseconds(number),
                          .bytes = std::vector<std::byte>(60, std::byte{0xff})});
    Intel82540em late(Intel82540em::Options{}, std::make_unique<PlayingWire>(std::move(frames)));
    StandInBus other_bus;
    late.attach(other_bus);
    const auto write = [&](std::uint32_t offset, std::uint32_t value) {
        late.write(0, offset, 4, value);
    };
    other_bus.advance(std::chrono::milliseconds(50));  // the driver is not there yet
    constexpr std::uint32_t set_link_up = 1u << 6, enable = 1u << 1, broadcast = 1u << 15;
    write(ctrl, set_link_up);
    other_bus.advance(std::chrono::milliseconds(20));
    write(rctl, enable | broadcast);
    other_bus.advance(std::chrono::milliseconds(100));
    constexpr std::uint32_t good_packets_received = 0x4074;
    EXPECT_EQ(late.read(0, good_packets_received, 4) + late.read(0, missed, 4), 0u)
        << "without descriptors they wait in the card's buffer";
    write(rdbal, static_cast<std::uint32_t>(StandInBus::memory_start));
    write(rdbah, static_cast<std::uint32_t>(StandInBus::memory_start >> 32));
    write(rdlen, 128 * 16);
    for (std::uint64_t i = 0; i < 128; ++i)
        other_bus.store<std::uint64_t>(StandInBus::memory_start + 16 * i,
                                       StandInBus::memory_start + 0x1000 * (i + 1));
    write(rdt, 127);
    other_bus.advance(std::chrono::milliseconds(1));
    EXPECT_EQ(late.read(0, good_packets_received, 4), 100u);
}

}  // namespace
}  // namespace openbar::simulator
