// An 82540EM is worked as its data sheet says, whoever built it: QEMU, or we.
//
//     ethernet_tests sim:82540em          ethernet_tests vfio:00:04.0
#include "openbar/configuration.hpp"

#include "device_under_test.hpp"
#include "examples/network_card/network_card.hpp"
#include "examples/registers/intel_82540em.hpp"

#include <algorithm>
#include <cstring>
#include <random>

namespace openbar::conformance {
namespace {

using namespace std::chrono_literals;
namespace card_registers = intel_82540em;

class Ethernet : public DeviceUnderTest {
protected:
    void SetUp() override {
        DeviceUnderTest::SetUp();
        auto brought_up = NetworkCard::bring_up(*device);
        ASSERT_TRUE(brought_up) << brought_up.error().message();
        card.emplace(std::move(*brought_up));
    }
    /// To `destination`, with everything after the header drawn from `seed`.
    NetworkCard::Frame frame_to(const std::array<std::uint8_t, 6>& destination, std::size_t size,
                                std::size_t seed) const {
        std::minstd_rand random(static_cast<std::minstd_rand::result_type>(seed));
        NetworkCard::Frame frame(size);
        std::ranges::generate(frame, [&] { return static_cast<std::byte>(random() >> 8); });
        std::memcpy(&frame[0], destination.data(), destination.size());
        std::memcpy(&frame[6], card->address().data(), destination.size());
        frame[12] = std::byte{0x88};
        frame[13] = std::byte{0xb5};  // an EtherType for experiments
        return frame;
    }
    void expect_nothing_received() {
        const auto received = card->receive(50ms);
        ASSERT_FALSE(received);
        EXPECT_EQ(received.error().code, ErrorCode::timed_out) << received.error().message();
    }
    std::optional<NetworkCard> card;
};

constexpr std::array<std::uint8_t, 6> everybody{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr std::array<std::uint8_t, 6> somebody_else{0x02, 0, 0, 0, 0, 0x77};

TEST_F(Ethernet, is_the_82540em) {
    ASSERT_TRUE(device->info().identity);
    EXPECT_EQ(device->info().identity->vendor, card_registers::vendor_id);
    EXPECT_EQ(device->info().identity->device, card_registers::device_id);
    EXPECT_EQ(device->info().identity->class_code, 0x020000u);
    EXPECT_EQ(device->region(0).value().size(), 0x20000u);
}

TEST_F(Ethernet, has_an_eeprom_whose_words_sum_to_what_intel_prescribes) {
    std::uint16_t sum = 0;
    for (std::uint8_t index = 0; index < 64; ++index) {
        const auto word = card->eeprom_word(index);
        ASSERT_TRUE(word) << word.error().message();
        sum = static_cast<std::uint16_t>(sum + *word);
    }
    EXPECT_EQ(sum, 0xbaba);
}

TEST_F(Ethernet, takes_its_address_from_the_eeprom) {
    const auto address = card->address();
    for (std::uint8_t index = 0; index < 3; ++index)
        EXPECT_EQ(card->eeprom_word(index),
                  address[2 * index] | static_cast<unsigned>(address[2 * index + 1]) << 8);
    EXPECT_TRUE(card->registers()
                    .read<card_registers::ReceiveAddressHigh>(0)
                    .get<card_registers::ReceiveAddressHigh::Valid>());
}

TEST_F(Ethernet, has_the_phy_that_drivers_look_for) {
    EXPECT_EQ(card->phy_register(card_registers::phy_identifier_high), 0x0141);
    EXPECT_EQ(*card->phy_register(card_registers::phy_identifier_low) & 0xfff0, 0x0c20);
}

TEST_F(Ethernet, finds_its_link) {
    const auto status = card->registers().wait_until<card_registers::Status>(
        card_registers::Status::LinkUp{true}, 5s);
    ASSERT_TRUE(status) << status.error().message();
    EXPECT_TRUE(status->get<card_registers::Status::FullDuplex>());
}

TEST_F(Ethernet, collects_causes_and_clears_them_when_they_are_read) {
    const auto& registers = card->registers();
    registers.write<card_registers::InterruptMaskClear>(0xffffffff);
    static_cast<void>(registers.read<card_registers::InterruptCauseRead>());
    registers.write<card_registers::InterruptCauseSet>(0x04);
    registers.write<card_registers::InterruptCauseSet>(0x10);
    EXPECT_EQ(registers.read<card_registers::InterruptCauseRead>().value() & 0xffff, 0x14u);
    EXPECT_EQ(registers.read<card_registers::InterruptCauseRead>().value() & 0xffff, 0u);
}

TEST_F(Ethernet, masks_are_set_and_cleared_bit_by_bit) {
    const auto& registers = card->registers();
    registers.write<card_registers::InterruptMaskClear>(0xffffffff);
    registers.write<card_registers::InterruptMaskSet>(0x94);
    registers.write<card_registers::InterruptMaskSet>(0x01);
    registers.write<card_registers::InterruptMaskClear>(0x10);
    EXPECT_EQ(registers.read<card_registers::InterruptMaskSet>().value(), 0x85u);
}

TEST_F(Ethernet, receives_what_it_sends_when_it_loops_back) {
    ASSERT_TRUE(card->loop_back(true));
    for (const std::size_t size :
         {std::size_t{60}, std::size_t{61}, std::size_t{999}, NetworkCard::longest_frame}) {
        const auto sent = frame_to(card->address(), size, size);
        ASSERT_TRUE(card->send(sent));
        const auto received = card->receive(5s);
        ASSERT_TRUE(received) << received.error().message();
        EXPECT_EQ(*received, sent) << size;
    }
}

TEST_F(Ethernet, goes_round_its_rings_many_times_without_losing_or_mixing_frames) {
    ASSERT_TRUE(card->loop_back(true));
    std::mt19937 random(5);
    std::vector<NetworkCard::Frame> waiting;
    for (unsigned round = 0; round < 100; ++round) {
        const auto burst = static_cast<unsigned>(1 + random() % 10);  // less than a ring's worth
        for (unsigned i = 0; i < burst; ++i) {
            waiting.push_back(
                frame_to(i % 2 ? everybody : card->address(), 60 + random() % 1400, random()));
            ASSERT_TRUE(card->send(waiting.back()));
        }
        for (const auto& sent : waiting) {
            const auto received = card->receive(5s);
            ASSERT_TRUE(received) << "round " << round << ": " << received.error().message();
            ASSERT_EQ(*received, sent) << "round " << round;
        }
        waiting.clear();
    }
}

TEST_F(Ethernet, counts_frames_and_forgets_the_counts_once_they_are_read) {
    ASSERT_TRUE(card->loop_back(true));
    static_cast<void>(card->take_counts());
    for (unsigned i = 0; i < 3; ++i) {
        ASSERT_TRUE(card->send(frame_to(card->address(), 100, i)));
        ASSERT_TRUE(card->receive(5s));
    }
    const auto counts = card->take_counts();
    EXPECT_EQ(counts.sent, 3u);
    EXPECT_EQ(counts.received, 3u);
    EXPECT_EQ(card->take_counts().sent, 0u);
}

TEST_F(Ethernet, keeps_frames_for_somebody_else_away) {
    ASSERT_TRUE(card->loop_back(true));
    ASSERT_TRUE(card->send(frame_to(somebody_else, 100, 1)));
    expect_nothing_received();
    card->registers().modify<card_registers::ReceiveControl>(
        card_registers::ReceiveControl::UnicastPromiscuous{true});
    ASSERT_TRUE(card->loop_back(true)) << "the receiver was written to";
    const auto sent = frame_to(somebody_else, 100, 2);
    ASSERT_TRUE(card->send(sent));
    const auto received = card->receive(5s);
    ASSERT_TRUE(received) << received.error().message();
    EXPECT_EQ(*received, sent);
}

TEST_F(Ethernet, waits_no_longer_than_it_is_told_to) {
    ASSERT_TRUE(card->loop_back(true));
    expect_nothing_received();
}

TEST_F(Ethernet, refuses_frames_that_no_wire_carries) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{13}, NetworkCard::longest_frame + 1})
        EXPECT_EQ(card->send(NetworkCard::Frame(size)).error().code, ErrorCode::invalid_argument);
}

TEST_F(Ethernet, is_quiet_once_its_driver_has_gone) {
    ASSERT_TRUE(card->loop_back(true));
    card.reset();
    const openbar::RequestRegisters registers(*device->region(0));
    EXPECT_FALSE(registers.read<card_registers::ReceiveControl>()
                     .get<card_registers::ReceiveControl::Enable>());
    EXPECT_EQ(registers.read<card_registers::InterruptMaskSet>().value(), 0u);
}

}  // namespace
}  // namespace openbar::conformance
