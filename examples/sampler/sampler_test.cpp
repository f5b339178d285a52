#include "sampler.hpp"

#include "simulator/description_check.hpp"
#include "simulator/testing/stand_in_bus.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t ring = openbar::simulator::StandInBus::memory_start;

class SamplerCard : public testing::Test {
protected:
    SamplerCard() {
        bus.plain.resize(4096);
        card.attach(bus);
    }
    std::uint64_t get(std::uint64_t offset) { return card.read(0, offset, 4); }
    void put(std::uint64_t offset, std::uint64_t value) { card.write(0, offset, 4, value); }

    openbar::simulator::StandInBus bus;
    Sampler card;
};

TEST_F(SamplerCard, is_a_card_that_a_host_accepts) {
    EXPECT_EQ(openbar::simulator::mistake_in(card.description()), "");
    EXPECT_EQ(get(0x00), 0x53414d50u);
}

TEST_F(SamplerCard, stores_the_waveform_sample_by_sample) {
    for (std::size_t i = 0; i < 1024; ++i) bus.plain[4 * i] = static_cast<std::byte>(i * 3);
    put(0x08, 100);
    put(0x10, ring);
    put(0x18, 4);
    put(0x04, 1);
    bus.advance(250us);
    EXPECT_EQ(get(0x0c), 2u);
    EXPECT_EQ(bus.load<std::uint32_t>(ring + 4), 3u);
    bus.advance(350us);
    EXPECT_EQ(bus.load<std::uint32_t>(ring + 4), 15u) << "the ring went round";
    EXPECT_FALSE(bus.line) << "not asked for";
}

TEST_F(SamplerCard, interrupts_until_acknowledged) {
    put(0x10, ring);
    put(0x18, 1);
    put(0x04, 3);
    bus.advance(1ms);
    EXPECT_TRUE(bus.line);
    EXPECT_EQ(get(0x1c), 1u);
    put(0x1c, 1);
    EXPECT_FALSE(bus.line);
    bus.messages_enabled = true;
    bus.advance(2ms);
    EXPECT_EQ(bus.messages.size(), 1u) << "once, until acknowledged";
}

TEST_F(SamplerCard, tells_when_the_ring_is_not_in_memory) {
    put(0x10, 0x10);
    put(0x18, 1);
    put(0x04, 1);
    bus.advance(1ms);
    EXPECT_EQ(get(0x1c), 2u);
}

TEST_F(SamplerCard, stops_when_told_to_and_when_reset) {
    put(0x04, 1);
    bus.advance(1ms);
    put(0x04, 0);
    bus.advance(10ms);
    EXPECT_EQ(get(0x0c), 1u);
    put(0x04, 1);
    bus.forget_actions();
    card.reset();
    bus.advance(10ms);
    EXPECT_EQ(get(0x0c), 0u);
    put(0x04, 1);
    bus.advance(1ms);
    EXPECT_EQ(get(0x0c), 1u);
}

}  // namespace
