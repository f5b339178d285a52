#include "tests/unit/simulator/intel_82540em/driver.hpp"

namespace openbar::simulator {
namespace {

using namespace std::chrono_literals;

using Card = CardUnderTest;

constexpr std::uint32_t link_up = 1u << 1;

TEST_F(Card, is_the_card_that_drivers_look_for) {
    const Description& description = card->description();
    EXPECT_EQ(description.vendor, 0x8086);
    EXPECT_EQ(description.device, 0x100e);
    EXPECT_EQ(description.class_code, 0x020000u);
    EXPECT_EQ(description.regions.at(0).size, 0x20000u);
}

TEST_F(Card, reserved_bits_of_receive_addresses_read_as_zero) {
    for (const std::uint32_t entry : {0u, 1u, 15u}) {
        put(0x5400 + 8 * entry, 0xffffffff);
        put(0x5404 + 8 * entry, 0xffffffff);
        EXPECT_EQ(get(0x5400 + 8 * entry), 0xffffffffu);
        EXPECT_EQ(get(0x5404 + 8 * entry), 0x8003ffffu);
    }
}

TEST_F(Card, eeprom_holds_the_address_and_a_right_checksum) {
    std::uint16_t sum = 0;
    std::vector<std::uint16_t> words;
    for (std::uint32_t index = 0; index < 64; ++index) {
        put(eerd, (index << 8) | 1);
        const std::uint32_t answer = get(eerd);
        EXPECT_EQ(answer & 0x11, 0x10u);
        words.push_back(static_cast<std::uint16_t>(answer >> 16));
        sum = static_cast<std::uint16_t>(sum + words.back());
    }
    EXPECT_EQ(sum, 0xbaba);
    EXPECT_EQ(words[0], 0x5452);
    EXPECT_EQ(words[1], 0x1200);
    EXPECT_EQ(words[2], 0x5634);
}

TEST_F(Card, eeprom_index_outside_is_done_with_zero) {
    put(eerd, (0xc0u << 8) | 1);
    EXPECT_EQ(get(eerd), 0x0000c010u);
}

// Moves the wires of the EEPROM as Linux's driver does: data set up, clock up, clock down.
class Microwire : public CardUnderTest {
protected:
    void select() { put(eecd, pins = 1u << 1); }
    void release() {
        put(eecd, pins = 0);
        put(eecd, 1);  // a clock without select means nothing
        put(eecd, 0);
    }
    void shift_out(std::uint32_t bits, unsigned count) {
        while (count-- > 0) {
            pins = (1u << 1) | (((bits >> count) & 1) << 2);
            put(eecd, pins);
            put(eecd, pins | 1);
            put(eecd, pins);
        }
    }
    std::uint32_t shift_in(unsigned count) {
        std::uint32_t bits = 0;
        put(eecd, 1u << 1);
        while (count-- > 0) {
            put(eecd, (1u << 1) | 1);
            bits = (bits << 1) | ((get(eecd) >> 3) & 1);
            put(eecd, 1u << 1);
        }
        return bits;
    }
    std::uint32_t read_word(std::uint32_t index) {
        select();
        shift_out(0b110, 3);
        shift_out(index, 6);
        const std::uint32_t word = shift_in(16);
        release();
        return word;
    }
    void write_word(std::uint32_t index, std::uint32_t word) {
        select();
        shift_out(0b101, 3);
        shift_out(index, 6);
        shift_out(word, 16);
        release();
    }
    void enable_writes() {
        select();
        shift_out(0b10011, 5);
        shift_out(0, 4);
        release();
    }

    std::uint32_t pins = 0;
};

TEST_F(Microwire, request_is_granted_and_the_eeprom_is_there) {
    put(eecd, 1u << 6);
    EXPECT_EQ(get(eecd) & 0x1c0, 0x1c0u);
    put(eecd, 0);
    EXPECT_EQ(get(eecd) & 0x1c0, 0x100u);
}

TEST_F(Microwire, reads_the_same_words_as_eerd) {
    for (std::uint32_t index : {0u, 1u, 2u, 0x0du, 0x3fu}) {
        put(eerd, (index << 8) | 1);
        EXPECT_EQ(read_word(index), get(eerd) >> 16) << index;
    }
}

TEST_F(Microwire, reading_on_gives_the_next_words) {
    select();
    shift_out(0b110, 3);
    shift_out(0x3f, 6);
    const std::uint32_t two = shift_in(32);
    EXPECT_EQ(two & 0xffff, 0x5452u) << "word 0 follows the last one";
}

TEST_F(Microwire, words_can_be_written_once_writing_is_enabled) {
    write_word(0x20, 0x1234);
    EXPECT_EQ(read_word(0x20), 0xffffu);
    enable_writes();
    write_word(0x20, 0x1234);
    EXPECT_NE(get(eecd) & 8, 0u) << "ready";
    EXPECT_EQ(read_word(0x20), 0x1234u);
}

TEST_F(Card, reset_loads_the_address_and_forgets_everything_else) {
    put(rctl, 2);
    put(ims, 0xff);
    put(mta, 0x12345678);
    put(ral, 0);
    put(ctrl, 1u << 26);
    EXPECT_EQ(get(ctrl) & (1u << 26), 0u) << "clears itself";
    EXPECT_EQ(get(rctl), 0u);
    EXPECT_EQ(get(ims), 0u);
    EXPECT_EQ(get(mta), 0u);
    EXPECT_EQ(get(ral), 0x12005452u);
    EXPECT_EQ(get(rah), 0x80005634u);
}

TEST_F(Card, link_comes_up_once_the_driver_sets_it_up) {
    EXPECT_EQ(get(status_register) & link_up, 0u);
    put(ims, lsc);
    put(ctrl, get(ctrl) | (1u << 6));
    EXPECT_EQ(get(status_register) & 0xc3, 0x83u) << "full duplex, link, 1000 Mb/s";
    EXPECT_TRUE(bus.line);
    EXPECT_EQ(get(icr), lsc);
    EXPECT_FALSE(bus.line);
}

TEST_F(Card, without_a_cable_there_is_no_link) {
    wire->plugged_in = false;
    card->reset();
    put(ctrl, get(ctrl) | (1u << 6));
    EXPECT_EQ(get(status_register) & link_up, 0u);
    put(mdic, (2u << 26) | (1u << 21) | (1u << 16));
    EXPECT_EQ(get(mdic) & 0x24, 0u);
}

class PhyAccess : public CardUnderTest {
protected:
    std::uint32_t phy(std::uint32_t index) {
        put(mdic, (2u << 26) | (1u << 21) | (index << 16));
        EXPECT_EQ(get(mdic) & 0x50000000, 0x10000000u) << "ready, no error";
        return get(mdic) & 0xffff;
    }
    void set_phy(std::uint32_t index, std::uint32_t value) {
        put(mdic, (1u << 26) | (1u << 21) | (index << 16) | value);
        EXPECT_EQ(get(mdic) & 0x50000000, 0x10000000u);
    }
};

TEST_F(PhyAccess, identifies_the_phy_that_belongs_to_this_card) {
    EXPECT_EQ(phy(2), 0x0141u);
    EXPECT_EQ(phy(3) & 0xfff0, 0x0c20u);
    set_phy(2, 0);
    EXPECT_EQ(phy(2), 0x0141u) << "read-only";
}

TEST_F(PhyAccess, shows_the_link_and_what_was_negotiated) {
    EXPECT_EQ(phy(1) & 0x24, 0x24u);
    EXPECT_EQ(phy(17) & 0xec00, 0xac00u);
    EXPECT_EQ(phy(10) & 0x0800, 0x0800u) << "the partner can do 1000 Mb/s full duplex";
}

TEST_F(PhyAccess, negotiation_takes_the_link_down_and_brings_it_back) {
    put(ctrl, get(ctrl) | (1u << 6));
    static_cast<void>(get(icr));
    set_phy(0, phy(0) | (1u << 9));
    EXPECT_EQ(get(status_register) & link_up, 0u);
    EXPECT_EQ(get(icr), lsc);
    EXPECT_EQ(phy(1) & 0x20, 0u);
    bus.advance(10ms);
    EXPECT_NE(get(status_register) & link_up, 0u);
    EXPECT_EQ(get(icr), lsc);
    EXPECT_EQ(phy(1) & 4, 0u) << "a lost link shows until it has been read";
    EXPECT_EQ(phy(1) & 0x24, 0x24u);
    EXPECT_EQ(phy(0) & (1u << 9), 0u) << "clears itself";
}

TEST_F(PhyAccess, resets_power_down_and_forced_modes_work_as_the_standard_says) {
    put(ctrl, get(ctrl) | (1u << 6));
    set_phy(0, 0x8000);
    EXPECT_EQ(phy(0), 0x1140u);
    bus.advance(10ms);
    EXPECT_NE(get(status_register) & link_up, 0u);
    set_phy(0, 0x1940);
    EXPECT_EQ(get(status_register) & link_up, 0u) << "powered down";
    set_phy(0, 0x0140);
    EXPECT_NE(get(status_register) & link_up, 0u) << "without negotiation at once";
    put(ctrl, get(ctrl) | (1u << 31));
    EXPECT_EQ(get(status_register) & link_up, 0u);
    bus.advance(10ms);
    EXPECT_NE(get(status_register) & link_up, 0u);
}

TEST_F(PhyAccess, other_addresses_and_operations_are_errors) {
    put(mdic, (2u << 26) | (5u << 21) | (2u << 16));
    EXPECT_EQ(get(mdic) & 0x50000000, 0x50000000u);
    put(mdic, (3u << 26) | (1u << 21));
    EXPECT_EQ(get(mdic) & 0x50000000, 0x50000000u);
}

TEST_F(PhyAccess, end_of_an_access_can_interrupt) {
    put(ims, mdac);
    put(mdic, (2u << 26) | (1u << 21) | (2u << 16) | (1u << 29));
    EXPECT_TRUE(bus.line);
    EXPECT_EQ(get(icr), mdac);
}

TEST_F(Card, registers_are_32_bits_wide) {
    put(ral, 0x44332211);
    EXPECT_EQ(card->read(0, ral + 1, 1) & 0xff, 0x22u);
    EXPECT_EQ(card->read(0, ral + 2, 2) & 0xffff, 0x4433u);
    EXPECT_EQ(card->read(0, ral, 8), 0x80005634'44332211u);
    card->write(0, ral, 1, 0xff);
    card->write(0, ral, 2, 0xffff);
    EXPECT_EQ(get(ral), 0x44332211u);
    card->write(0, ral, 8, 0x80001234'55667788);
    EXPECT_EQ(get(ral), 0x55667788u);
    EXPECT_EQ(get(rah), 0x80001234u);
}

TEST_F(Card, ports_reach_the_same_registers) {
    card->write(2, 0, 4, ral);
    EXPECT_EQ(card->read(2, 0, 4), ral);
    EXPECT_EQ(card->read(2, 4, 4) & 0xffffffff, 0x12005452u);
    card->write(2, 4, 4, 0xcafe);
    EXPECT_EQ(get(ral), 0xcafeu);
    card->write(2, 0, 4, 0xfffffffc);
    card->write(2, 4, 4, 1);
    EXPECT_EQ(card->read(2, 4, 4), 0u) << "nothing is there";
    card->write(2, 4, 1, 1);
    EXPECT_EQ(card->read(2, 4, 2) & 0xffff, 0xffffu);
    EXPECT_EQ(card->read(2, 8, 4) & 0xffffffff, 0xffffffffu);
}

TEST_F(Card, what_is_no_register_reads_as_zero_and_takes_nothing) {
    for (std::uint32_t offset : {0x0034u, 0x5fecu, 0x6000u, 0x10000u, 0x1fffcu}) {
        put(offset, 0xffffffff);
        EXPECT_EQ(get(offset), 0u) << offset;
    }
    put(status_register, 0xffffffff);
    EXPECT_EQ(get(status_register) & 0xfffffffe, 0u);
}

}  // namespace
}  // namespace openbar::simulator
