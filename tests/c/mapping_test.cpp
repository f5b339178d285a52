// Mappings and accesses through their pointers, on a card that lends its memory.
#include "c_interface.hpp"
#include "unit/vfio_user/running_server.hpp"

#include <array>
#include <cstring>

namespace {

using openbar::vfio_user::testing::RunningServer;

class MappedCard : public testing::Test {
protected:
    void SetUp() override {
        const std::string address = "vfio-user:" + server.path();
        ASSERT_EQ(openbar_open(address.c_str(), nullptr, &card), OPENBAR_OK)
            << last_error().message;
        auto options = sized<openbar_map_options>();
        options.length = 4096;
        ASSERT_EQ(openbar_map(card, 2, &options, &mapping), OPENBAR_OK) << last_error().message;
        ASSERT_EQ(openbar_mapping_get_info(mapping, &info), OPENBAR_OK);
    }
    void TearDown() override {
        openbar_close(mapping);
        openbar_close(card);
    }
    [[nodiscard]] volatile char* at(std::size_t offset) const {
        return static_cast<volatile char*>(info.address) + offset;
    }

    RunningServer server;
    openbar_device card = 0;
    openbar_mapping mapping = 0;
    openbar_mapping_info info = sized<openbar_mapping_info>();
};

TEST_F(MappedCard, is_accessed_by_pointer_in_each_width) {
    EXPECT_EQ(info.size, 4096u);
    EXPECT_EQ(info.region_offset, 0u);
    openbar_store64(at(0), 0x8877665544332211);
    EXPECT_EQ(openbar_load64(at(0)), 0x8877665544332211);
    EXPECT_EQ(openbar_load32(at(4)), 0x88776655u);
    EXPECT_EQ(openbar_load16(at(2)), 0x4433u);
    EXPECT_EQ(openbar_load8(at(7)), 0x88u);
    openbar_store8(at(0), 0xaa);
    openbar_store16(at(2), 0xbbbb);
    openbar_store32(at(4), 0xcccccccc);
    std::uint64_t value = 0;
    ASSERT_EQ(openbar_read(card, 2, 0, 8, &value), OPENBAR_OK) << last_error().message;
    EXPECT_EQ(value, 0xccccccccbbbb22aa);
}

TEST_F(MappedCard, is_copied_to_and_from) {
    std::array<char, 100> there{}, back{};
    for (std::size_t at = 0; at < there.size(); ++at) there[at] = static_cast<char>(at);
    EXPECT_EQ(openbar_copy_to_device(mapping, 8, there.data(), there.size(), 4), OPENBAR_OK);
    EXPECT_EQ(openbar_copy_from_device(mapping, 8, back.data(), back.size(), 0), OPENBAR_OK);
    EXPECT_EQ(there, back);
    EXPECT_EQ(openbar_fill(mapping, 8, 50, 0x7f, 0), OPENBAR_OK);
    EXPECT_EQ(openbar_load8(at(57)), 0x7fu);
    EXPECT_EQ(openbar_load8(at(58)), 50u);
    EXPECT_EQ(openbar_copy_to_device(mapping, 4095, there.data(), 2, 0), OPENBAR_OUT_OF_RANGE);
    EXPECT_EQ(openbar_copy_from_device(mapping, UINT64_MAX, back.data(), 2, 0),
              OPENBAR_OUT_OF_RANGE);
    EXPECT_EQ(openbar_fill(mapping, 0, UINT64_MAX, 0, 0), OPENBAR_OUT_OF_RANGE);
    EXPECT_EQ(openbar_copy_to_device(mapping, 2, there.data(), 4, 4), OPENBAR_MISALIGNED);
    EXPECT_EQ(openbar_copy_to_device(mapping, 0, there.data(), 6, 3), OPENBAR_INVALID_ARGUMENT);
    EXPECT_EQ(openbar_copy_to_device(mapping, 0, nullptr, 4, 0), OPENBAR_INVALID_ARGUMENT);
    EXPECT_EQ(openbar_copy_from_device(mapping, 0, nullptr, 4, 0), OPENBAR_INVALID_ARGUMENT);
    EXPECT_EQ(openbar_mapping_status(mapping), OPENBAR_OK);
}

TEST_F(MappedCard, stays_mapped_after_its_device_is_closed) {
    ASSERT_EQ(openbar_close(card), OPENBAR_OK);
    openbar_store32(at(0), 5);
    EXPECT_EQ(openbar_load32(at(0)), 5u);
}

TEST_F(MappedCard, maps_its_registers_so_that_they_trap) {
    openbar_mapping made = 0;
    ASSERT_EQ(openbar_map(card, 0, nullptr, &made), OPENBAR_OK) << last_error().message;
    auto registers = sized<openbar_mapping_info>();
    ASSERT_EQ(openbar_mapping_get_info(made, &registers), OPENBAR_OK);
    EXPECT_EQ(registers.memory_type, static_cast<std::uint32_t>(OPENBAR_EMULATED));
    EXPECT_EQ(openbar_load32(registers.address), 0x0badcafeu);
    EXPECT_EQ(openbar_close(made), OPENBAR_OK);
    EXPECT_EQ(info.memory_type, static_cast<std::uint32_t>(OPENBAR_CACHED));
    openbar_range part{};
    EXPECT_EQ(openbar_region_get_mappable(card, 2, 0, &part), OPENBAR_OK);
    EXPECT_EQ(part.offset, 0u);
    EXPECT_EQ(part.length, 16384u);
    EXPECT_EQ(openbar_region_get_mappable(card, 2, 1, &part), OPENBAR_NOT_FOUND);
}

/// The card counts writes of any width, and knows the width of the last one.
TEST_F(MappedCard, sees_one_request_of_the_width_for_each_call) {
    std::uint64_t before = 0, after = 0, width = 0;
    for (const std::uint32_t asked : {1u, 2u, 4u, 8u}) {
        ASSERT_EQ(openbar_read(card, 0, 0x10, 4, &before), OPENBAR_OK);
        ASSERT_EQ(openbar_write(card, 0, 0x08, asked, 1), OPENBAR_OK);
        ASSERT_EQ(openbar_read(card, 0, 0x10, 4, &after), OPENBAR_OK);
        ASSERT_EQ(openbar_read(card, 0, 0x18, 4, &width), OPENBAR_OK);
        EXPECT_EQ(after, before + 1);
        EXPECT_EQ(width, asked);
    }
}

}  // namespace
