#include "simulator/configuration_space.hpp"

#include <gtest/gtest.h>

namespace openbar::simulator {
namespace {

Description card() {
    Description description{.name = "card", .vendor = 0x1234, .device = 0x11e8};
    description.subsystem_vendor = 0x1af4;
    description.subsystem = 0x1100;
    description.revision = 0x10;
    description.class_code = 0x020000;
    return description;
}

TEST(ConfigurationSpace, header_shows_the_identity_of_the_card) {
    const ConfigurationSpace space(card());
    EXPECT_EQ(space.read(0x00, 4), 0x11e81234u);
    EXPECT_EQ(space.read(0x08, 4), 0x02000010u);
    EXPECT_EQ(space.read(0x2c, 4), 0x11001af4u);
    EXPECT_EQ(space.read(0x0e, 1), 0u);
}

TEST(ConfigurationSpace, identity_cannot_be_written) {
    ConfigurationSpace space(card());
    for (std::uint64_t offset : {0x00, 0x08, 0x0e, 0x28, 0x2c, 0x34, 0x3e})
        space.write(offset, 2, 0xffff);
    EXPECT_EQ(space.read(0x00, 4), 0x11e81234u);
    EXPECT_EQ(space.read(0x08, 4), 0x02000010u);
    EXPECT_EQ(space.read(0x2c, 4), 0x11001af4u);
    EXPECT_EQ(space.read(0x34, 1), 0u);
    EXPECT_EQ(space.read(0x3e, 2), 0u);
}

TEST(ConfigurationSpace, all_ones_written_to_a_bar_tell_its_size_and_kind) {
    Description description = card();
    description.regions = {{.index = 0, .size = 0x20000},
                           {.index = 1, .size = 64, .port_io = true},
                           {.index = 2, .size = 1ull << 33, .prefetchable = true, .is_64bit = true},
                           {.index = 6, .size = 0x10000}};
    ConfigurationSpace space(description);
    for (std::uint64_t bar = 0x10; bar < 0x28; bar += 4) space.write(bar, 4, 0xffffffff);
    space.write(0x30, 4, 0xffffffff);
    EXPECT_EQ(space.read(0x10, 4), 0xfffe0000u);
    EXPECT_EQ(space.read(0x14, 4), 0xffffffc1u);
    EXPECT_EQ(space.read(0x18, 8), 0xfffffffe0000000cu);
    EXPECT_EQ(space.read(0x20, 4), 0u) << "a BAR that is not there";
    EXPECT_EQ(space.read(0x30, 4), 0xffff0001u);
}

TEST(ConfigurationSpace, bar_address_is_where_software_placed_it) {
    Description description = card();
    description.regions = {{.index = 0, .size = 0x1000, .is_64bit = true},
                           {.index = 3, .size = 32, .port_io = true}};
    ConfigurationSpace space(description);
    space.write(0x10, 8, 0x000000fe'12345fffu);
    space.write(0x1c, 4, 0xc05f);
    EXPECT_EQ(space.bar_address(0), 0xfe'12345000u);
    EXPECT_EQ(space.bar_address(3), 0xc040u);
    EXPECT_EQ(space.bar_address(5), 0u);
    EXPECT_EQ(space.bar_address(7), 0u);
}

TEST(ConfigurationSpace, command_register_lets_through_what_the_card_can_do) {
    Description description = card();
    description.regions = {{.index = 0, .size = 0x1000}};
    ConfigurationSpace space(description);
    EXPECT_FALSE(space.memory_enabled());
    space.write(0x04, 2, 0xffff);
    EXPECT_TRUE(space.memory_enabled());
    EXPECT_TRUE(space.bus_master());
    EXPECT_FALSE(space.io_enabled()) << "the card has no ports";
    EXPECT_FALSE(space.interrupt_disabled()) << "the card has no interrupt pin";
    space.write(0x04, 2, 0);
    EXPECT_FALSE(space.memory_enabled());
    EXPECT_FALSE(space.bus_master());
}

TEST(ConfigurationSpace, interrupt_disable_silences_the_line_but_not_its_status) {
    Description description = card();
    description.intx = true;
    ConfigurationSpace space(description);
    EXPECT_EQ(space.read(0x3d, 1), 1u);
    space.set_interrupt_line(true);
    EXPECT_TRUE(space.intx_asserted());
    space.write(0x04, 2, 0x0400);
    EXPECT_FALSE(space.intx_asserted());
    EXPECT_EQ(space.read(0x06, 2) & 8, 8u);
    space.set_interrupt_line(false);
    EXPECT_EQ(space.read(0x06, 2) & 8, 0u);
}

TEST(ConfigurationSpace, capabilities_are_a_list_that_ends) {
    Description description = card();
    description.regions = {{.index = 1, .size = 0x4000}};
    description.msi_vectors = 4;
    description.msix_vectors = 8;
    description.msix_region = 1;
    description.msix_offset = 0x2000;
    description.power_management = true;
    const ConfigurationSpace space(description);
    EXPECT_NE(space.read(0x06, 2) & 0x10, 0u);
    std::vector<std::uint64_t> ids;
    for (auto at = space.read(0x34, 1); at != 0; at = space.read(at + 1, 1)) {
        EXPECT_EQ(at % 4, 0u);
        ids.push_back(space.read(at, 1));
        ASSERT_LT(ids.size(), 8u);
    }
    EXPECT_EQ(ids, (std::vector<std::uint64_t>{0x01, 0x05, 0x11}));
    const ConfigurationSpace bare(card());
    EXPECT_EQ(bare.read(0x06, 2) & 0x10, 0u);
    EXPECT_EQ(bare.read(0x34, 1), 0u);
}

TEST(ConfigurationSpace, msi_gives_address_data_and_no_more_vectors_than_there_are) {
    Description description = card();
    description.msi_vectors = 4;
    ConfigurationSpace space(description);
    const auto msi = space.read(0x34, 1);
    EXPECT_EQ(space.read(msi + 2, 2), 0x0084u);
    space.write(msi + 4, 8, 0x00000001'fee00003u);
    space.write(msi + 12, 2, 0x4040);
    space.write(msi + 2, 2, 0x0071);  // on, 128 vectors
    EXPECT_EQ(space.msi_vectors_enabled(), 4u);
    EXPECT_EQ(space.msi_message(3).address, 0x1'fee00000u);
    EXPECT_EQ(space.msi_message(3).data, 0x4043u);
    space.write(msi + 2, 2, 0x0011);  // two vectors
    EXPECT_EQ(space.msi_message(3).data, 0x4041u);
}

TEST(ConfigurationSpace, masked_vector_waits_until_it_is_unmasked) {
    Description description = card();
    description.msi_vectors = 2;
    description.msi_maskable = true;
    ConfigurationSpace space(description);
    const auto msi = space.read(0x34, 1);
    space.write(msi + 2, 2, 0x0011);
    space.write(msi + 16, 4, 0xffffffff);
    EXPECT_EQ(space.read(msi + 16, 4), 3u);
    EXPECT_EQ(space.read(msi + 2, 2) & 0x100, 0x100u);
    EXPECT_TRUE(space.msi_masked(1));
    space.set_msi_pending(1);
    EXPECT_EQ(space.take_msi_unmasked(), 0u);
    EXPECT_EQ(space.read(msi + 20, 4), 2u);
    space.write(msi + 16, 4, 0);
    EXPECT_EQ(space.take_msi_unmasked(), 2u);
    EXPECT_EQ(space.take_msi_unmasked(), 0u);
}

TEST(ConfigurationSpace, msi_and_msix_silence_the_line) {
    Description description = card();
    description.regions = {{.index = 0, .size = 0x4000}};
    description.intx = true;
    description.msix_vectors = 3;
    description.msix_offset = 0x1000;
    ConfigurationSpace space(description);
    space.set_interrupt_line(true);
    const auto msix = space.read(0x34, 1);
    EXPECT_EQ(space.read(msix + 2, 2), 2u);
    EXPECT_EQ(space.read(msix + 4, 4), 0x1000u);
    EXPECT_EQ(space.read(msix + 8, 4), 0x1030u);
    space.write(msix + 2, 2, 0xffff);
    EXPECT_TRUE(space.msix_enabled());
    EXPECT_TRUE(space.msix_function_masked());
    EXPECT_FALSE(space.intx_asserted());
}

TEST(ConfigurationSpace, sleeping_card_neither_decodes_nor_masters_the_bus) {
    Description description = card();
    description.regions = {{.index = 0, .size = 0x1000}};
    description.power_management = true;
    ConfigurationSpace space(description);
    space.write(0x04, 2, 0x0006);
    const auto power = space.read(0x34, 1);
    space.write(power + 4, 2, 3);
    EXPECT_FALSE(space.memory_enabled());
    EXPECT_FALSE(space.bus_master());
    space.write(power + 4, 2, 0);
    EXPECT_TRUE(space.memory_enabled());
}

TEST(ConfigurationSpace, power_states_that_the_card_lacks_are_discarded) {
    Description description = card();
    description.power_management = true;
    ConfigurationSpace space(description);
    const auto control = space.read(0x34, 1) + 4;
    for (const unsigned state : {1u, 2u}) {
        space.write(control, 2, state);
        EXPECT_EQ(space.read(control, 2) & 3, 0u) << state;
    }
    space.write(control, 2, 3);
    space.write(control, 1, 2);
    EXPECT_EQ(space.read(control, 2) & 3, 3u);
    EXPECT_TRUE(space.asleep());
}

TEST(ConfigurationSpace, sleeping_card_asserts_no_line) {
    Description description = card();
    description.intx = true;
    description.power_management = true;
    ConfigurationSpace space(description);
    space.set_interrupt_line(true);
    EXPECT_TRUE(space.intx_asserted());
    space.write(space.read(0x34, 1) + 4, 2, 3);
    EXPECT_FALSE(space.intx_asserted());
}

TEST(ConfigurationSpace, shows_whether_sleep_costs_the_state) {
    Description description = card();
    description.power_management = true;
    const ConfigurationSpace keeps(description);
    EXPECT_EQ(keeps.read(keeps.read(0x34, 1) + 4, 2), 8u);
    description.keeps_state_asleep = false;
    const ConfigurationSpace loses(description);
    EXPECT_EQ(loses.read(loses.read(0x34, 1) + 4, 2), 0u);
}

TEST(ConfigurationSpace, message_interrupts_without_masks_take_14_bytes_and_are_never_masked) {
    Description description = card();
    description.regions = {{.index = 0, .size = 0x4000}};
    description.msi_vectors = 1;
    description.msix_vectors = 1;
    ConfigurationSpace space(description);
    const auto msi = space.read(0x34, 1);
    EXPECT_EQ(space.read(msi + 1, 1), msi + 16);
    for (auto at = msi + 14; at < msi + 16; ++at) space.write(at, 1, 0xff);
    space.write(msi + 2, 2, 1);
    EXPECT_FALSE(space.msi_masked(0));
}

TEST(ConfigurationSpace, reset_restores_the_state_after_power_on) {
    Description description = card();
    description.regions = {{.index = 0, .size = 0x1000}};
    description.msi_vectors = 1;
    description.intx = true;
    ConfigurationSpace space(description);
    const ConfigurationSpace untouched(description);
    for (std::uint64_t offset = 0; offset < 256; ++offset) space.write(offset, 1, 0xff);
    EXPECT_NE(space.read(0x04, 2), untouched.read(0x04, 2));
    space.reset();
    for (std::uint64_t offset = 0; offset < 256; ++offset)
        EXPECT_EQ(space.read(offset, 1), untouched.read(offset, 1)) << offset;
}

TEST(ConfigurationSpace, access_across_or_behind_the_end_is_harmless) {
    ConfigurationSpace space(card());
    EXPECT_EQ(space.read(0xfe, 4), 0xffff0000u);
    EXPECT_EQ(space.read(0x100, 4), 0xffffffffu);
    EXPECT_EQ(space.read(~std::uint64_t{0} - 1, 2), 0xffffu);
    space.write(0xfe, 4, 0x12345678);
    space.write(0x1000, 8, 0x12345678);
    EXPECT_EQ(space.read(0xfe, 2), 0u);
}

TEST(ConfigurationSpace, senseless_description_is_survived) {
    Description description = card();
    description.regions = {{.index = 9, .size = 0x1000},
                           {.index = 5, .size = 0x1000, .is_64bit = true},
                           {.index = 1, .size = 0x1800}};
    description.msi_vectors = 3;
    description.msix_vectors = 4000;
    ConfigurationSpace space(description);
    for (std::uint64_t offset = 0x10; offset < 0x28; offset += 4) space.write(offset, 4, ~0u);
    for (std::uint64_t offset = 0x10; offset < 0x28; offset += 4)
        EXPECT_EQ(space.read(offset, 4), 0u);
    EXPECT_EQ(space.read(0x34, 1), 0u);
}

}  // namespace
}  // namespace openbar::simulator
