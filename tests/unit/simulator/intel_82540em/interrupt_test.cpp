#include "tests/unit/simulator/intel_82540em/driver.hpp"

namespace openbar::simulator {
namespace {

using namespace std::chrono_literals;

using CardInterrupts = CardUnderTest;

TEST_F(CardInterrupts, line_follows_the_causes_that_the_mask_lets_through) {
    put(ics, rxt0 | txdw);
    EXPECT_FALSE(bus.line);
    put(ims, rxt0);
    EXPECT_TRUE(bus.line);
    put(imc, rxt0);
    EXPECT_FALSE(bus.line);
    put(ims, txdw);
    EXPECT_TRUE(bus.line);
    EXPECT_EQ(get(ics), rxt0 | txdw) << "shows the causes, clears nothing";
    EXPECT_EQ(get(icr), rxt0 | txdw);
    EXPECT_EQ(get(icr), 0u);
    EXPECT_FALSE(bus.line);
}

// As Linux's test of interrupts does (ethtool -t): drivers/net/ethernet/intel/e1000/e1000_ethtool.c.
TEST_F(CardInterrupts, are_raised_by_hand_for_each_of_the_first_ten_causes) {
    for (unsigned number = 0; number < 10; ++number) {
        const std::uint32_t mask = 1u << number;
        put(imc, 0xffffffff);
        put(ims, mask);
        put(ics, mask);
        EXPECT_TRUE(bus.line) << number;
        EXPECT_EQ(get(icr), mask) << number;
    }
}

TEST_F(CardInterrupts, causes_can_be_cleared_one_by_one) {
    put(ims, 0xff);
    put(ics, rxt0 | txdw);
    put(icr, rxt0);
    EXPECT_TRUE(bus.line);
    put(icr, txdw);
    EXPECT_FALSE(bus.line);
}

TEST_F(CardInterrupts, sends_one_message_until_the_causes_are_read) {
    bus.messages_enabled = true;
    put(ims, rxt0 | txdw);
    put(ics, rxt0);
    put(ics, txdw);
    EXPECT_EQ(bus.messages.size(), 1u);
    EXPECT_FALSE(bus.line);
    static_cast<void>(get(icr));
    put(ics, rxt0);
    EXPECT_EQ(bus.messages.size(), 2u);
}

TEST_F(CardInterrupts, throttling_keeps_them_apart) {
    put(itr, 1000);  // 256 us
    put(ims, rxt0);
    put(ics, rxt0);
    EXPECT_TRUE(bus.line);
    static_cast<void>(get(icr));
    put(ics, rxt0);
    bus.advance(255us);
    EXPECT_FALSE(bus.line);
    bus.advance(1us);
    EXPECT_TRUE(bus.line);
    EXPECT_EQ(bus.line_rises, 2u);
}

TEST_F(CardInterrupts, throttling_forgets_what_was_read_meanwhile) {
    put(itr, 1000);
    put(ims, rxt0);
    put(ics, rxt0);
    static_cast<void>(get(icr));
    put(ics, rxt0);
    EXPECT_EQ(get(icr), rxt0);
    bus.advance(1ms);
    EXPECT_FALSE(bus.line);
}

TEST_F(CardInterrupts, receive_delay_starts_again_with_each_frame_up_to_the_absolute_limit) {
    bring_up();
    put(rdtr, 10);  // 10.24 us
    put(radv, 20);  // 20.48 us
    for (int i = 0; i < 3; ++i) {
        wire->arrive(frame_to(own, 64));
        EXPECT_EQ(get(icr) & rxt0, 0u);
        bus.advance(7us);
    }
    EXPECT_EQ(get(icr) & rxt0, rxt0) << "21 us after the first";
    bus.advance(1ms);
    EXPECT_EQ(get(icr) & rxt0, 0u);
    wire->arrive(frame_to(own, 64));
    bus.advance(10us);
    EXPECT_EQ(get(icr) & rxt0, 0u);
    bus.advance(1us);
    EXPECT_EQ(get(icr) & rxt0, rxt0) << "10 us after the last";
}

TEST_F(CardInterrupts, flushing_the_receive_delay_makes_it_due) {
    bring_up();
    put(rdtr, 0xffff);
    wire->arrive(frame_to(own, 64));
    EXPECT_EQ(get(icr) & rxt0, 0u);
    put(rdtr, 0x80000000 | 0xffff);
    EXPECT_EQ(get(icr) & rxt0, rxt0);
}

TEST_F(CardInterrupts, transmit_delay_counts_only_for_descriptors_that_ask_for_it) {
    bring_up();
    put(tidv, 100);
    send(frame_to(own, 64), 1u << 31);
    EXPECT_EQ(get(icr) & txdw, 0u);
    bus.advance(102400ns);
    EXPECT_EQ(get(icr) & txdw, txdw);
    send(frame_to(own, 64));
    EXPECT_EQ(get(icr) & txdw, txdw);
    put(tadv, 50);
    send(frame_to(own, 64), 1u << 31);
    bus.advance(51200ns);
    EXPECT_EQ(get(icr) & txdw, txdw) << "the absolute limit";
}

TEST_F(CardInterrupts, reset_drops_the_line_and_what_was_delayed) {
    bring_up();
    put(rdtr, 10);
    put(ims, 0xffff);
    wire->arrive(frame_to(own, 64));
    put(ics, lsc);
    EXPECT_TRUE(bus.line);
    put(ctrl, 1u << 26);
    EXPECT_FALSE(bus.line);
    put(ims, 0xffff);
    bus.advance(1ms);
    EXPECT_EQ(get(icr), 0u);
}

TEST_F(CardInterrupts, work_again_after_the_host_dropped_every_action) {
    bring_up();
    put(rdtr, 10);
    wire->arrive(frame_to(own, 64));
    bus.forget_actions();
    card->reset();
    bring_up();
    put(rdtr, 10);
    wire->arrive(frame_to(own, 64));
    bus.advance(11us);
    EXPECT_EQ(get(icr) & rxt0, rxt0);
}

}  // namespace
}  // namespace openbar::simulator
