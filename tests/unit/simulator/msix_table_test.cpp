#include "simulator/msix_table.hpp"

#include <gtest/gtest.h>

namespace openbar::simulator {
namespace {

Description card_with_vectors(std::uint16_t vectors) {
    Description description{.name = "card", .vendor = 0x1234};
    description.regions = {{.index = 2, .size = 0x10000}};
    description.msix_vectors = vectors;
    description.msix_region = 2;
    description.msix_offset = 0x2000;
    return description;
}

TEST(MsixTable, takes_the_accesses_to_itself_and_leaves_the_rest_to_the_model) {
    const MsixTable table(card_with_vectors(3));
    EXPECT_FALSE(table.offset_of(2, 0x1fff));
    EXPECT_EQ(table.offset_of(2, 0x2000), 0u);
    EXPECT_EQ(table.offset_of(2, 0x2037), 0x37u);  // 3 entries, then 64 pending bits
    EXPECT_FALSE(table.offset_of(2, 0x2038));
    EXPECT_FALSE(table.offset_of(0, 0x2000));
    const MsixTable none(card_with_vectors(0));
    EXPECT_FALSE(none.offset_of(2, 0x2000));
}

TEST(MsixTable, vectors_are_masked_after_power_on) {
    MsixTable table(card_with_vectors(2));
    EXPECT_TRUE(table.masked(0));
    EXPECT_TRUE(table.masked(1));
    table.write(12, 4, 0);
    EXPECT_FALSE(table.masked(0));
    EXPECT_TRUE(table.masked(1));
    EXPECT_TRUE(table.masked(2)) << "a vector that is not there";
    table.reset();
    EXPECT_TRUE(table.masked(0));
}

TEST(MsixTable, message_is_what_was_written_to_its_entry) {
    MsixTable table(card_with_vectors(2));
    table.write(16, 8, 0x1'fee01003u);
    table.write(24, 4, 0xabcd1234);
    EXPECT_EQ(table.message(1).address, 0x1'fee01000u);
    EXPECT_EQ(table.message(1).data, 0xabcd1234u);
    EXPECT_EQ(table.message(7).address, 0u);
}

TEST(MsixTable, pending_vector_is_due_once_it_is_unmasked) {
    MsixTable table(card_with_vectors(2));
    table.set_pending(1);
    EXPECT_EQ(table.read(32, 8), 2u);
    EXPECT_FALSE(table.take_unmasked(1));
    table.write(28, 4, 0);
    EXPECT_TRUE(table.take_unmasked(1));
    EXPECT_FALSE(table.take_unmasked(1));
    EXPECT_EQ(table.read(32, 8), 0u);
}

TEST(MsixTable, pending_bits_and_reserved_bits_cannot_be_written) {
    MsixTable table(card_with_vectors(1));
    table.write(12, 4, 0xffffffff);
    EXPECT_EQ(table.read(12, 4), 1u);
    table.write(16, 8, ~std::uint64_t{0});
    EXPECT_EQ(table.read(16, 8), 0u);
    table.write(~std::uint64_t{0}, 8, ~std::uint64_t{0});
    table.set_pending(4000);
    EXPECT_EQ(table.read(16, 8), 0u);
}

}  // namespace
}  // namespace openbar::simulator
