// Registers by name, lists of functions and peripherals.
#include "c_interface.hpp"

#include <cstdlib>
#include <fstream>

namespace {

class Descriptions : public OpenCard {
protected:
    void SetUp() override {
        OpenCard::SetUp();
        ASSERT_EQ(openbar_find_description(card, &edu), OPENBAR_OK) << last_error().message;
    }
    void TearDown() override {
        openbar_close(edu);
        OpenCard::TearDown();
    }
    openbar_description edu = 0;
};

TEST_F(Descriptions, of_a_known_card_name_its_registers_and_fields) {
    auto info = sized<openbar_register_info>();
    ASSERT_EQ(openbar_find_register(edu, "STATUS", &info), OPENBAR_OK) << last_error().message;
    EXPECT_EQ(info.offset, 0x20u);
    EXPECT_EQ(info.width, 32u);
    EXPECT_EQ(info.bar, 0);
    EXPECT_STREQ(info.region, "bar0");
    ASSERT_GE(info.field_count, 2u);
    auto field = sized<openbar_field_info>();
    ASSERT_EQ(openbar_register_get_field(edu, info.position, 0, &field), OPENBAR_OK);
    EXPECT_STREQ(field.name, "COMPUTING");
    EXPECT_EQ(field.low, 0u);
    EXPECT_EQ(field.access, static_cast<std::uint32_t>(OPENBAR_ACCESS_READ_ONLY));
    EXPECT_EQ(openbar_register_get_field(edu, info.position, info.field_count, &field),
              OPENBAR_NOT_FOUND);
}

TEST_F(Descriptions, give_every_register_by_its_position) {
    auto whole = sized<openbar_description_info>();
    ASSERT_EQ(openbar_description_get_info(edu, &whole), OPENBAR_OK);
    ASSERT_GT(whole.register_count, 5u);
    for (std::uint32_t at = 0; at < whole.register_count; ++at) {
        auto info = sized<openbar_register_info>();
        ASSERT_EQ(openbar_description_get_register(edu, at, &info), OPENBAR_OK);
        auto found = sized<openbar_register_info>();
        ASSERT_EQ(openbar_find_register(edu, info.name, &found), OPENBAR_OK) << info.name;
        EXPECT_EQ(found.position, at);
        EXPECT_EQ(found.name, info.name) << "one string for each name";
    }
    auto info = sized<openbar_register_info>();
    EXPECT_EQ(openbar_description_get_register(edu, whole.register_count, &info),
              OPENBAR_NOT_FOUND);
}

TEST_F(Descriptions, suggest_a_similar_name) {
    auto info = sized<openbar_register_info>();
    EXPECT_EQ(openbar_find_register(edu, "STATUZ", &info), OPENBAR_NOT_FOUND);
    EXPECT_THAT(last_error().message, testing::HasSubstr("STATUS"));
    EXPECT_EQ(openbar_find_register(edu, "\xff", &info), OPENBAR_INVALID_ARGUMENT);
}

TEST_F(Descriptions, name_the_values_of_a_field) {
    const std::string file = testing::TempDir() + "openbar_c_values.svd";
    std::ofstream(file) << R"(<device schemaVersion="1.3"><name>D</name><peripherals><peripheral>
        <name>P</name><baseAddress>0</baseAddress><registers><register><name>R</name>
        <addressOffset>4</addressOffset><size>32</size><fields><field><name>MODE</name>
        <bitRange>[5:4]</bitRange><enumeratedValues><enumeratedValue><name>OFF</name>
        <value>0</value></enumeratedValue><enumeratedValue><name>FAST</name><value>3</value>
        </enumeratedValue></enumeratedValues></field></fields></register></registers></peripheral>
        </peripherals></device>)";
    openbar_description svd = 0;
    ASSERT_EQ(openbar_read_description(file.c_str(), &svd), OPENBAR_OK) << last_error().message;
    auto field = sized<openbar_field_info>();
    ASSERT_EQ(openbar_register_get_field(svd, 0, 0, &field), OPENBAR_OK);
    ASSERT_EQ(field.value_count, 2u);
    auto value = sized<openbar_value_info>();
    ASSERT_EQ(openbar_field_get_value(svd, 0, 0, 1, &value), OPENBAR_OK);
    EXPECT_STREQ(value.name, "FAST");
    EXPECT_EQ(value.value, 3u);
    EXPECT_EQ(openbar_field_get_value(svd, 0, 0, 2, &value), OPENBAR_NOT_FOUND);
    EXPECT_EQ(openbar_close(svd), OPENBAR_OK);
}

TEST(Files, that_are_not_there_or_no_description_are_errors) {
    openbar_description description = 0;
    EXPECT_EQ(openbar_read_description("/nonexistent.svd", &description), OPENBAR_NOT_FOUND);
    EXPECT_STRNE(last_error().cause, "");
    openbar_peripheral peripheral = 0;
    EXPECT_EQ(openbar_find_peripheral("/nonexistent.dtb", "/clock", &peripheral),
              OPENBAR_NOT_FOUND);
    EXPECT_EQ(description + peripheral, 0u);
}

TEST(Peripherals, are_found_in_a_device_tree) {
    openbar_peripheral clock = 0;
    ASSERT_EQ(openbar_find_peripheral(BOARD, "rtc0", &clock), OPENBAR_OK) << last_error().message;
    auto info = sized<openbar_peripheral_info>();
    ASSERT_EQ(openbar_peripheral_get_info(clock, &info), OPENBAR_OK);
    EXPECT_STREQ(info.path, "/pl031@9010000");
    ASSERT_EQ(info.block_count, 1u);
    auto block = sized<openbar_block_info>();
    ASSERT_EQ(openbar_peripheral_get_block(clock, 0, &block), OPENBAR_OK);
    EXPECT_EQ(block.physical_address, 0x9010000u);
    EXPECT_EQ(openbar_peripheral_get_block(clock, 1, &block), OPENBAR_NOT_FOUND);
    EXPECT_EQ(openbar_close(clock), OPENBAR_OK);
}

TEST(Functions, of_this_machine_are_listed) {
    openbar_functions functions = 0;
    std::uint32_t count = 0;
    const openbar_code code = openbar_list_functions(&functions, &count);
    if (code == OPENBAR_UNSUPPORTED) GTEST_SKIP() << last_error().message;
    ASSERT_EQ(code, OPENBAR_OK) << last_error().message;
    auto info = sized<openbar_function_info>();
    for (std::uint32_t at = 0; at < count; ++at) {
        ASSERT_EQ(openbar_functions_get(functions, at, &info), OPENBAR_OK);
        EXPECT_STRNE(info.address, "");
    }
    EXPECT_EQ(openbar_functions_get(functions, count, &info), OPENBAR_NOT_FOUND);
    EXPECT_EQ(openbar_close(functions), OPENBAR_OK);
}

}  // namespace
