#include "simulator/models/edu.hpp"

#include "simulator/testing/stand_in_bus.hpp"

#include <gtest/gtest.h>

namespace openbar::simulator {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t memory = StandInBus::memory_start;
constexpr std::uint64_t card_buffer = 0x40000;

class EduCard : public testing::Test {
protected:
    EduCard() { edu.attach(bus); }

    std::uint64_t get(std::uint64_t offset, unsigned width = 4) {
        return edu.read(0, offset, width);
    }
    void put(std::uint64_t offset, std::uint64_t value, unsigned width = 4) {
        edu.write(0, offset, width, value);
    }
    void dma(std::uint64_t source, std::uint64_t destination, std::uint64_t count,
             std::uint64_t command) {
        put(0x80, source, 8);
        put(0x88, destination, 8);
        put(0x90, count, 8);
        put(0x98, command, 8);
    }

    StandInBus bus;
    Edu edu;
};

TEST_F(EduCard, identifies_itself_as_the_published_device) {
    EXPECT_EQ(edu.description().vendor, 0x1234);
    EXPECT_EQ(edu.description().device, 0x11e8);
    EXPECT_EQ(edu.description().revision, 0x10);
    EXPECT_EQ(edu.description().regions.at(0).size, 1u << 20);
    EXPECT_EQ(get(0x00), 0x010000edu);
}

TEST_F(EduCard, liveness_register_inverts) {
    put(0x04, 0x12345678);
    EXPECT_EQ(get(0x04), 0xedcba987u);
}

TEST_F(EduCard, only_the_documented_widths_count) {
    put(0x04, 0, 4);
    put(0x04, 0x55, 1);
    put(0x04, 0x55, 2);
    EXPECT_EQ(get(0x04), 0xffffffffu);
    EXPECT_EQ(get(0x00, 1), ~std::uint64_t{0});
    EXPECT_EQ(get(0x00, 8), ~std::uint64_t{0});
    put(0x80, 0x1122334455667788, 8);
    EXPECT_EQ(get(0x80, 8), 0x1122334455667788u);
    EXPECT_EQ(get(0x80, 2), ~std::uint64_t{0});
    put(0x80, 0x99, 4);
    EXPECT_EQ(get(0x80, 8), 0x99u);
}

TEST_F(EduCard, what_is_not_a_register_reads_as_all_ones) {
    for (std::uint64_t offset : {0x0cu, 0x60u, 0x64u, 0x84u, 0xa0u, 0x40000u, 0xffffcu})
        EXPECT_EQ(get(offset) & 0xffffffff, 0xffffffffu) << offset;
    EXPECT_EQ(edu.read(1, 0, 4), ~std::uint64_t{0});
}

TEST_F(EduCard, factorial_takes_its_time_and_shows_that_it_is_busy) {
    put(0x08, 10);
    EXPECT_EQ(get(0x20) & 1, 1u);
    EXPECT_EQ(get(0x08), 10u);
    bus.advance(1ms);
    EXPECT_EQ(get(0x20) & 1, 0u);
    EXPECT_EQ(get(0x08), 3628800u);
    EXPECT_FALSE(bus.line) << "no interrupt was asked for";
}

TEST_F(EduCard, factorial_is_kept_to_its_low_32_bits) {
    const std::pair<std::uint32_t, std::uint32_t> known[] = {
        {0, 1}, {1, 1}, {13, 1932053504}, {33, 0x80000000}, {34, 0}, {0xffffffff, 0}};
    for (const auto& [number, expected] : known) {
        put(0x08, number);
        bus.advance(1ms);
        EXPECT_EQ(get(0x08), expected) << number;
    }
}

TEST_F(EduCard, a_number_written_while_computing_is_ignored) {
    put(0x08, 4);
    put(0x08, 7);
    bus.advance(1ms);
    EXPECT_EQ(get(0x08), 24u);
}

TEST_F(EduCard, factorial_interrupts_when_asked_until_acknowledged) {
    put(0x20, 0x80);
    put(0x08, 3);
    bus.advance(1ms);
    EXPECT_TRUE(bus.line);
    EXPECT_EQ(get(0x24), 1u);
    put(0x64, 1);
    EXPECT_FALSE(bus.line);
    EXPECT_EQ(get(0x24), 0u);
}

TEST_F(EduCard, status_keeps_only_its_writable_bit) {
    put(0x20, 0xffffffff);
    EXPECT_EQ(get(0x20), 0x80u);
    put(0x08, 3);
    put(0x20, 0);
    EXPECT_EQ(get(0x20), 1u);
}

TEST_F(EduCard, line_stays_up_until_the_last_cause_is_acknowledged) {
    put(0x60, 0x30);
    EXPECT_EQ(get(0x24), 0x30u);
    put(0x64, 0x10);
    EXPECT_TRUE(bus.line);
    put(0x64, 0x20);
    EXPECT_FALSE(bus.line);
    put(0x60, 0);
    EXPECT_FALSE(bus.line);
}

TEST_F(EduCard, sends_a_message_instead_of_the_line_where_messages_are_on) {
    bus.messages_enabled = true;
    put(0x60, 1);
    put(0x60, 1);
    EXPECT_EQ(bus.messages, (std::vector<std::uint16_t>{0, 0}));
    EXPECT_FALSE(bus.line);
}

TEST_F(EduCard, dma_brings_memory_into_the_buffer_and_out_again_after_100_ms) {
    for (std::uint64_t i = 0; i < 100; ++i)
        bus.store<std::uint8_t>(memory + i, static_cast<std::uint8_t>(i * 7));
    dma(memory, card_buffer + 50, 100, 1);
    EXPECT_EQ(get(0x98) & 1, 1u);
    bus.advance(99ms);
    EXPECT_EQ(get(0x98) & 1, 1u);
    bus.advance(1ms);
    EXPECT_EQ(get(0x98) & 1, 0u);
    EXPECT_FALSE(bus.line);

    dma(card_buffer + 50, memory + 0x1000, 100, 3 | 4);
    bus.advance(100ms);
    EXPECT_TRUE(std::ranges::equal(bus.bytes(memory, 100), bus.bytes(memory + 0x1000, 100)));
    EXPECT_TRUE(bus.line);
    EXPECT_EQ(get(0x24), 0x100u);
}

TEST_F(EduCard, dma_registers_stand_still_while_it_runs) {
    dma(memory, card_buffer, 4, 1);
    dma(memory + 4, card_buffer + 4, 8, 3);
    EXPECT_EQ(get(0x80, 8), memory);
    EXPECT_EQ(get(0x88, 8), card_buffer);
    EXPECT_EQ(get(0x90, 8), 4u);
    EXPECT_EQ(get(0x98, 8), 1u);
    bus.advance(100ms);
    put(0x98, 2);  // without the run bit nothing is taken
    EXPECT_EQ(get(0x98, 8), 0u);
}

TEST_F(EduCard, addresses_lose_the_bits_that_the_mask_lacks) {
    bus.store<std::uint32_t>(memory, 0xfeedface);
    dma(memory | 0x10000000, card_buffer, 4, 1);
    bus.advance(100ms);
    dma(card_buffer, memory + 8, 4, 3);
    bus.advance(100ms);
    EXPECT_EQ(bus.load<std::uint32_t>(memory + 8), 0xfeedfaceu);
}

TEST(Edu, dma_mask_is_an_option) {
    StandInBus bus;
    Edu edu({.dma_mask = ~std::uint64_t{0}, .dma_time = 1ms});
    edu.attach(bus);
    bus.store<std::uint32_t>(memory, 0xfeedface);
    edu.write(0, 0x80, 8, memory | 0x10000000);
    edu.write(0, 0x88, 8, card_buffer);
    edu.write(0, 0x90, 8, 4);
    edu.write(0, 0x98, 8, 1);
    bus.advance(1ms);
    EXPECT_EQ(edu.read(0, 0x98, 8), 0u);
    EXPECT_EQ(bus.transfers, 1u);
    edu.write(0, 0x80, 8, card_buffer);
    edu.write(0, 0x88, 8, memory + 8);
    edu.write(0, 0x98, 8, 3);
    bus.advance(1ms);
    EXPECT_EQ(bus.load<std::uint32_t>(memory + 8), 0u) << "that address is not in memory";
}

TEST_F(EduCard, dma_outside_the_buffer_moves_nothing_and_still_ends) {
    const std::pair<std::uint64_t, std::uint64_t> wrong[] = {
        {card_buffer - 1, 4},     {card_buffer + 4096, 1},
        {card_buffer + 4000, 97}, {card_buffer, 4097},
        {card_buffer, ~0ull},     {~0ull, 2},
        {card_buffer + 1, ~0ull}, {0, 4},
    };
    for (const auto& [address, count] : wrong) {
        dma(memory, address, count, 1 | 4);
        bus.advance(100ms);
        EXPECT_EQ(get(0x98) & 1, 0u);
        EXPECT_EQ(get(0x24), 0x100u);
        put(0x64, 0x100);
    }
    EXPECT_EQ(bus.transfers, 0u);
}

TEST_F(EduCard, dma_to_memory_that_is_not_there_leaves_the_buffer_as_it_was) {
    bus.store<std::uint32_t>(memory, 0x600d600d);
    dma(memory, card_buffer, 4, 1);
    bus.advance(100ms);
    dma(0x10, card_buffer, 4, 1);
    bus.advance(100ms);
    EXPECT_EQ(get(0x98) & 1, 0u);
    dma(card_buffer, memory + 4, 4, 3);
    bus.advance(100ms);
    EXPECT_EQ(bus.load<std::uint32_t>(memory + 4), 0x600d600du);
}

TEST_F(EduCard, reset_restores_every_register_and_drops_the_line) {
    put(0x04, 1);
    put(0x20, 0x80);
    put(0x60, 0xff);
    dma(memory, card_buffer, 16, 1);
    bus.forget_actions();
    edu.reset();
    EXPECT_FALSE(bus.line);
    for (std::uint64_t offset : {0x04u, 0x08u, 0x20u, 0x24u}) EXPECT_EQ(get(offset), 0u);
    for (std::uint64_t offset : {0x80u, 0x88u, 0x90u, 0x98u}) EXPECT_EQ(get(offset, 8), 0u);
    put(0x08, 5);
    bus.advance(1ms);
    EXPECT_EQ(get(0x08), 120u) << "works after a reset in the middle of something";
}

}  // namespace
}  // namespace openbar::simulator
