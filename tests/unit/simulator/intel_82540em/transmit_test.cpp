#include "tests/unit/simulator/intel_82540em/driver.hpp"

namespace openbar::simulator {
namespace {

using testing::ElementsAre;

using CardTransmit = CardUnderTest;

constexpr std::uint32_t sent_total = 0x40d4;
constexpr std::uint64_t end_check_report = 0x0b000000;  // EOP, IFCS, RS

TEST_F(CardTransmit, sends_the_frame_and_reports_it_done) {
    bring_up();
    put(ims, txdw);
    const Bytes frame = frame_to(everybody, 200);
    send(frame);
    EXPECT_THAT(wire->sent, ElementsAre(frame));
    EXPECT_EQ(transmit_status(), 1u);
    EXPECT_EQ(get(tdh), 1u);
    EXPECT_TRUE(bus.line);
    EXPECT_EQ(get(icr), txdw | txqe);
}

TEST_F(CardTransmit, reports_only_where_asked) {
    bring_up();
    describe(place(frame_to(own, 64)), 64 | 0x03000000);
    start_transmit();
    EXPECT_EQ(wire->sent.size(), 1u);
    EXPECT_EQ(transmit_status(), 0u);
    EXPECT_EQ(get(icr), txqe);
}

TEST_F(CardTransmit, pads_short_frames_where_told_to) {
    bring_up();
    send(frame_to(own, 20));
    EXPECT_EQ(wire->sent.at(0).size(), 60u);
    EXPECT_EQ(wire->sent.at(0).back(), 0u);
    put(tctl, 0x2);
    send(frame_to(own, 20));
    EXPECT_EQ(wire->sent.at(1).size(), 20u);
}

TEST_F(CardTransmit, gathers_a_frame_from_several_descriptors) {
    bring_up();
    const Bytes frame = frame_to(own, 300);
    const std::uint64_t address = place(frame);
    describe(address, 100);
    describe(address + 100, 0);
    describe(address + 100, 200 | end_check_report);
    EXPECT_TRUE(wire->sent.empty());
    start_transmit();
    EXPECT_THAT(wire->sent, ElementsAre(frame));
}

TEST_F(CardTransmit, waits_for_the_rest_of_a_frame) {
    bring_up();
    const Bytes frame = frame_to(own, 100);
    const std::uint64_t address = place(frame);
    describe(address, 40);
    start_transmit();
    EXPECT_TRUE(wire->sent.empty());
    describe(address + 40, 60 | end_check_report);
    start_transmit();
    EXPECT_THAT(wire->sent, ElementsAre(frame));
}

TEST_F(CardTransmit, ring_goes_round) {
    bring_up();
    for (std::uint8_t i = 0; i < 3 * ring_size; ++i) {
        send(frame_to(own, 64, i));
        EXPECT_EQ(transmit_status(), 1u);
    }
    ASSERT_EQ(wire->sent.size(), 3 * ring_size);
    for (std::uint8_t i = 0; i < 3 * ring_size; ++i) EXPECT_EQ(wire->sent[i].back(), i);
    EXPECT_EQ(get(tdh), get(tdt));
}

TEST_F(CardTransmit, waits_until_it_is_enabled) {
    bring_up();
    put(tctl, 0);
    send(frame_to(own, 64));
    EXPECT_TRUE(wire->sent.empty());
    put(tctl, 2);
    EXPECT_EQ(wire->sent.size(), 1u);
}

TEST_F(CardTransmit, frame_with_a_check_sequence_of_its_own_must_have_it_right) {
    bring_up();
    Bytes frame = frame_to(own, 64);
    Bytes with_right = frame;
    std::uint32_t crc = 0xffffffff;
    for (const std::uint8_t byte : frame) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
    }
    for (int i = 0; i < 4; ++i) with_right.push_back(static_cast<std::uint8_t>(~crc >> (8 * i)));
    describe(place(with_right), with_right.size() | 0x09000000);
    start_transmit();
    EXPECT_THAT(wire->sent, ElementsAre(frame));
    with_right.back() ^= 1;
    describe(place(with_right), with_right.size() | 0x09000000);
    start_transmit();
    EXPECT_EQ(wire->sent.size(), 1u) << "lost on the wire";
    EXPECT_EQ(transmit_status(), 1u);
}

TEST_F(CardTransmit, tags_a_frame_where_told_to) {
    bring_up();
    put(ctrl, get(ctrl) | (1u << 30));
    const Bytes frame = frame_to(own, 100);
    describe(place(frame), 100 | end_check_report | (1u << 30) | (0x2064ull << 48));
    start_transmit();
    ASSERT_EQ(wire->sent.size(), 1u);
    Bytes expected = frame;
    const Bytes tag = {0x81, 0x00, 0x20, 0x64};
    expected.insert(expected.begin() + 12, tag.begin(), tag.end());
    EXPECT_EQ(wire->sent[0], expected);
}

TEST_F(CardTransmit, inserts_the_checksum_of_a_legacy_descriptor) {
    bring_up();
    Bytes frame = frame_to(own, 64, 0);
    frame[20] = 0x12;
    frame[21] = 0x34;
    // CSS 14, CSO 30, IC
    describe(place(frame), 64 | (30ull << 16) | end_check_report | 0x04000000 | (14ull << 40));
    start_transmit();
    ASSERT_EQ(wire->sent.size(), 1u);
    EXPECT_EQ(wire->sent[0][30], 0xed);
    EXPECT_EQ(wire->sent[0][31], 0xcb);
}

TEST_F(CardTransmit, counts_what_it_sends) {
    bring_up();
    send(frame_to(own, 60));
    send(frame_to(everybody, 61));
    send(frame_to({0x01, 0, 0x5e, 0, 0, 1}, 1514));
    EXPECT_EQ(get(0x40d8), 1u) << "64 bytes";
    EXPECT_EQ(get(0x40dc), 1u) << "65 to 127";
    EXPECT_EQ(get(0x40ec), 1u) << "1024 to 1522";
    EXPECT_EQ(get(0x40f4), 1u) << "broadcast";
    EXPECT_EQ(get(0x40f0), 1u) << "multicast";
    EXPECT_EQ(get(0x4090), 64u + 65 + 1518) << "octets";
    EXPECT_EQ(get(0x4090), 64u + 65 + 1518) << "the lower half stays";
    EXPECT_EQ(get(0x4094), 0u);
    EXPECT_EQ(get(0x4090), 0u) << "until the upper half is read";
    EXPECT_EQ(get(sent_total), 3u);
    EXPECT_EQ(get(sent_total), 0u) << "reading clears";
}

TEST_F(CardTransmit, without_a_link_frames_are_lost_but_done) {
    wire->plugged_in = false;
    card->reset();
    bring_up();
    send(frame_to(own, 64));
    EXPECT_TRUE(wire->sent.empty());
    EXPECT_EQ(transmit_status(), 1u);
}

// Two contexts and two data descriptors, as Linux's driver writes them for TCP and UDP.
Bytes ipv4_frame(std::uint8_t protocol, std::size_t payload) {
    const std::size_t transport = protocol == 6 ? 20 : 8;
    Bytes frame(14 + 20 + transport + payload);
    const auto total = static_cast<std::uint16_t>(frame.size() - 14);
    const Bytes header = {0x52,
                          0x54,
                          0x00,
                          0x12,
                          0x34,
                          0x56,
                          0x02,
                          0,
                          0,
                          0,
                          0,
                          1,
                          0x08,
                          0x00,
                          0x45,
                          0,
                          static_cast<std::uint8_t>(total >> 8),
                          static_cast<std::uint8_t>(total),
                          0x10,
                          0x00,
                          0,
                          0,
                          64,
                          protocol,
                          0,
                          0,
                          10,
                          0,
                          0,
                          1,
                          10,
                          0,
                          0,
                          2,
                          0x30,
                          0x39,
                          0x00,
                          0x50};
    std::ranges::copy(header, frame.begin());
    if (protocol == 6) {
        frame[38 + 3] = 1;      // sequence number 1
        frame[34 + 12] = 0x50;  // header of 5 words
        frame[34 + 13] = 0x19;  // FIN, PSH, ACK
    } else {
        frame[38] = static_cast<std::uint8_t>((payload + 8) >> 8);
        frame[39] = static_cast<std::uint8_t>(payload + 8);
    }
    for (std::size_t i = 0; i < payload; ++i)
        frame[34 + transport + i] = static_cast<std::uint8_t>(i * 31 + (i >> 8));
    return frame;
}

std::uint32_t sum_of(const Bytes& bytes, std::size_t from, std::size_t to, std::uint32_t sum = 0) {
    for (std::size_t i = from; i < to; ++i)
        sum += static_cast<std::uint32_t>(bytes[i]) << ((i - from) % 2 == 0 ? 8 : 0);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

std::uint32_t pseudo_header(const Bytes& frame, std::size_t length) {
    return sum_of(frame, 26, 34, frame[23] + static_cast<std::uint32_t>(length));
}

void seed(Bytes& frame, std::size_t offset, std::uint32_t sum) {
    frame[offset] = static_cast<std::uint8_t>(sum >> 8);
    frame[offset + 1] = static_cast<std::uint8_t>(sum);
}

// Sums over IP header and over TCP or UDP with pseudo header; both 0xffff where right.
std::pair<std::uint32_t, std::uint32_t> sums(const Bytes& frame) {
    const std::size_t end = 14u + ((frame[16] << 8) | frame[17]);
    return {sum_of(frame, 14, 34), sum_of(frame, 34, end, pseudo_header(frame, end - 34))};
}

constexpr std::uint64_t context_first(unsigned checksum_offset) {
    return 14ull | (24ull << 8) | (33ull << 16) | (34ull << 32) |
           (std::uint64_t{checksum_offset} << 40);
}
constexpr std::uint64_t data_command = 0x2b100000;    // DEXT, RS, IFCS, EOP; data
constexpr std::uint64_t both_checksums = 3ull << 40;  // IXSM, TXSM
constexpr std::uint64_t segment = 1ull << 26;

TEST_F(CardTransmit, inserts_the_checksums_of_ip_and_udp) {
    bring_up();
    Bytes frame = ipv4_frame(17, 101);
    seed(frame, 40, pseudo_header(frame, 109));
    describe(context_first(40), 0x20000000 | (1ull << 25));
    describe(place(frame), frame.size() | data_command | both_checksums);
    start_transmit();
    ASSERT_EQ(wire->sent.size(), 1u);
    EXPECT_EQ(sums(wire->sent[0]), std::pair(0xffffu, 0xffffu));
    EXPECT_EQ(transmit_status(), 1u);
}

TEST_F(CardTransmit, cuts_tcp_into_segments_with_headers_of_their_own) {
    bring_up();
    constexpr std::size_t payload = 2500, mss = 1000;
    Bytes frame = ipv4_frame(6, payload);
    seed(frame, 50, pseudo_header(frame, 0));
    describe(context_first(50),
             payload | 0x27000000 | (54ull << 40) | (static_cast<std::uint64_t>(mss) << 48));
    const std::uint64_t address = place(frame);
    describe(address, 54 | 0x24100000 | both_checksums);
    describe(address + 54, payload | data_command | segment);
    start_transmit();
    ASSERT_EQ(wire->sent.size(), 3u);
    Bytes together;
    for (std::size_t i = 0; i < 3; ++i) {
        const Bytes& sent = wire->sent[i];
        ASSERT_EQ(sent.size(), 54 + std::min(mss, payload - i * mss));
        EXPECT_EQ((sent[16] << 8) | sent[17], static_cast<int>(sent.size()) - 14);
        EXPECT_EQ((sent[18] << 8) | sent[19], 0x1000 + static_cast<int>(i)) << "identification";
        EXPECT_EQ((sent[40] << 8) | sent[41], static_cast<int>(1 + i * mss)) << "sequence";
        EXPECT_EQ(sent[47], i == 2 ? 0x19 : 0x10) << "FIN and PSH only on the last";
        EXPECT_EQ(sums(sent), std::pair(0xffffu, 0xffffu));
        together.insert(together.end(), sent.begin() + 54, sent.end());
    }
    EXPECT_EQ(together, Bytes(frame.begin() + 54, frame.end()));
    EXPECT_EQ(get(0x40f8), 1u);
    EXPECT_EQ(transmit_status(), 1u);
}

TEST_F(CardTransmit, segmentation_that_does_not_fit_its_packet_sends_nothing_and_is_counted) {
    bring_up();
    const Bytes frame = ipv4_frame(6, 500);
    const std::uint64_t wrong[] = {
        500 | 0x27000000 | (54ull << 40),                      // segments of 0 bytes
        499 | 0x27000000 | (54ull << 40) | (100ull << 48),     // another length
        500 | 0x27000000 | (4ull << 40) | (100ull << 48),      // no room for an Ethernet header
        0 | 0x27000000 | (54ull << 40) | (100ull << 48),       // nothing to send
        500 | 0x27000000 | (54ull << 40) | (0xffffull << 48),  // larger than any frame
    };
    for (const std::uint64_t second : wrong) {
        describe(context_first(50), second);
        describe(place(frame), frame.size() | data_command | segment | both_checksums);
        start_transmit();
        EXPECT_TRUE(wire->sent.empty());
        EXPECT_EQ(transmit_status(), 1u);
        EXPECT_EQ(get(0x40fc), 1u);
    }
}

}  // namespace
}  // namespace openbar::simulator
