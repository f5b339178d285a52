#include "simulator/registry.hpp"
#include "simulator/testing/stand_in_bus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openbar::simulator {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t liveness = 0x04;
constexpr std::uint64_t factorial = 0x08;
constexpr std::uint64_t raise = 0x60;
constexpr std::uint64_t acknowledge = 0x64;

/// An edu with faults.
struct Faulty {
    explicit Faulty(const std::string& faults)
        : card(Registry::with_built_in().create("edu,dma_time=1ms,fault=" + faults).value()) {
        card->attach(bus);
    }
    std::uint32_t get(std::uint64_t offset) {
        return static_cast<std::uint32_t>(card->read(0, offset, 4));
    }
    void put(std::uint64_t offset, std::uint64_t value) { card->write(0, offset, 4, value); }
    void fill_memory_from_card() {
        put(0x80, 0x40000);
        put(0x88, StandInBus::memory_start);
        put(0x90, 4);
        put(0x98, 3);
        bus.advance(1ms);
    }

    StandInBus bus;
    std::unique_ptr<Model> card;
};

TEST(Faults, answer_all_ones_and_lose_writes_from_the_nth_access_on) {
    Faulty faulty("ones@3");
    faulty.put(liveness, 5);
    EXPECT_EQ(faulty.get(liveness), ~5u);
    EXPECT_EQ(faulty.get(liveness), 0xffffffffu);
    faulty.put(liveness, 6);
    EXPECT_EQ(faulty.get(0), 0xffffffffu);
}

TEST(Faults, hold_bits_at_one_at_one_register) {
    Faulty faulty("stuck=0x11@reg:0x04");
    faulty.put(liveness, 0xffffffff);
    EXPECT_EQ(faulty.get(liveness), 0x11u);
    EXPECT_EQ(faulty.get(0), 0x010000edu);
}

TEST(Faults, refuse_transfers_from_the_nth_on) {
    Faulty faulty("dma_refused@2");
    for (const bool arrives : {true, false}) {
        faulty.bus.store<std::uint32_t>(StandInBus::memory_start, 0x12345678);
        faulty.fill_memory_from_card();
        EXPECT_EQ(faulty.bus.load<std::uint32_t>(StandInBus::memory_start) == 0, arrives);
    }
}

TEST(Faults, delay_what_the_card_writes_beyond_its_word_that_it_is_done) {
    Faulty faulty("dma_late=5ms");
    faulty.bus.store<std::uint32_t>(StandInBus::memory_start, 0x12345678);
    faulty.fill_memory_from_card();
    EXPECT_EQ(faulty.get(0x98) & 1, 0u) << "the card says that it is done";
    EXPECT_EQ(faulty.bus.load<std::uint32_t>(StandInBus::memory_start), 0x12345678u);
    faulty.bus.advance(5ms);
    EXPECT_EQ(faulty.bus.load<std::uint32_t>(StandInBus::memory_start), 0u);
}

TEST(Faults, lose_double_and_multiply_messages) {
    for (const auto& [fault, count] :
         {std::pair("irq_lost", 0u), std::pair("irq_doubled", 2u), std::pair("irq_storm", 1001u)}) {
        Faulty faulty(fault);
        faulty.bus.messages_enabled = true;
        faulty.put(raise, 1);
        EXPECT_EQ(faulty.bus.messages.size(), count) << fault;
    }
}

TEST(Faults, lose_the_line_until_it_is_asserted_again) {
    Faulty faulty("irq_lost@random:2:3");
    unsigned lost = 0;
    for (int i = 0; i < 100; ++i) {
        faulty.put(raise, 1);
        lost += faulty.bus.line ? 0 : 1;
        faulty.put(acknowledge, 1);
        EXPECT_FALSE(faulty.bus.line);
    }
    EXPECT_GT(lost, 20u);
    EXPECT_LT(lost, 80u);
}

TEST(Faults, interrupt_without_a_cause_once) {
    Faulty faulty("irq_spurious@2");
    EXPECT_EQ(faulty.bus.line_rises, 0u);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(faulty.get(0x24), 0u);
    EXPECT_EQ(faulty.bus.line_rises, 1u);
    EXPECT_FALSE(faulty.bus.line);
}

TEST(Faults, reset_the_card_in_the_middle_of_its_work) {
    Faulty faulty("reset@3");
    faulty.put(liveness, 5);
    faulty.put(factorial, 5);
    EXPECT_EQ(faulty.get(0x20), 0u) << "not computing any more";
    faulty.bus.advance(1s);
    EXPECT_EQ(faulty.get(factorial), 0u) << "and never done";
}

TEST(Faults, at_random_are_the_same_for_the_same_seed) {
    const auto pattern = [](const std::string& seed) {
        Faulty faulty("ones@random:3:" + seed);
        std::string seen;
        for (int i = 0; i < 60; ++i) seen += faulty.get(0) == 0xffffffff ? '1' : '.';
        return seen;
    };
    EXPECT_EQ(pattern("7"), pattern("7"));
    EXPECT_NE(pattern("7"), pattern("8"));
    EXPECT_THAT(pattern("7"), ::testing::HasSubstr("1"));
    EXPECT_THAT(pattern("7"), ::testing::HasSubstr("."));
}

TEST(Faults, may_be_several) {
    Faulty faulty("stuck=0x2@reg:0x04+irq_lost");
    faulty.put(raise, 1);
    EXPECT_FALSE(faulty.bus.line);
    EXPECT_EQ(faulty.get(liveness) & 2, 2u);
}

TEST(Faults, that_make_no_sense_are_refused_with_those_that_do) {
    for (const char* text :
         {"broken", "+", "ones+", "ones=3", "stuck", "stuck=x", "slow", "slow=5", "slow=2h",
          "ones@", "ones@0", "ones@x", "ones@reg:", "ones@random:0:1", "ones@random:3",
          "irq_lost@reg:0x4", "dma_late=1ms@reg:0", "slow=99999999999999999999s"}) {
        const auto card = Registry::with_built_in().create("edu,fault=" + std::string(text));
        ASSERT_FALSE(card) << text;
        EXPECT_EQ(card.error().code, ErrorCode::invalid_argument) << text;
        EXPECT_THAT(card.error().hint, ::testing::HasSubstr("irq_spurious")) << text;
    }
}

}  // namespace
}  // namespace openbar::simulator
