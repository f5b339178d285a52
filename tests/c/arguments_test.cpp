// Null pointers, text that is not UTF-8, values out of range, and what an error leaves behind.
#include "c_interface.hpp"

#include <cstring>
#include <thread>

namespace {

using testing::HasSubstr;

class Arguments : public OpenCard {};

TEST_F(Arguments, that_are_null_are_refused) {
    openbar_handle made = 0;
    std::uint64_t value = 0;
    std::uint32_t number = 0;
    openbar_ready ready{};
    char bytes[4] = {};
    const openbar_code codes[] = {openbar_open(nullptr, nullptr, &made),
                                  openbar_open("sim:edu", nullptr, nullptr),
                                  openbar_last_error(nullptr),
                                  openbar_device_get_info(card, nullptr),
                                  openbar_device_get_capability(card, OPENBAR_CAN_MAP, nullptr),
                                  openbar_device_get_region(card, 0, nullptr),
                                  openbar_device_get_vectors(card, 0, nullptr),
                                  openbar_read(card, 0, 0, 4, nullptr),
                                  openbar_read_block(card, 0, 0, nullptr, 4, 4),
                                  openbar_write_block(card, 0, 4, nullptr, 4, 4),
                                  openbar_map(card, 0, nullptr, nullptr),
                                  openbar_enable_vector(card, OPENBAR_BEST_KIND, 0, nullptr),
                                  openbar_subscribe(card, nullptr),
                                  openbar_wait_any(nullptr, 1, 0, &ready, &number),
                                  openbar_wait_any(&card, 1, 0, nullptr, &number),
                                  openbar_wait_any(&card, 1, 0, &ready, nullptr),
                                  openbar_allocate_dma(card, 4096, nullptr, nullptr),
                                  openbar_pin(card, nullptr, 4, nullptr, &made),
                                  openbar_pin(card, bytes, 4, nullptr, nullptr),
                                  openbar_get_pci_capability(card, 0, nullptr),
                                  openbar_find_configuration_register(nullptr, &number, &number),
                                  openbar_find_configuration_register("command", nullptr, &number),
                                  openbar_find_configuration_register("command", &number, nullptr),
                                  openbar_list_functions(nullptr, &number),
                                  openbar_list_functions(&made, nullptr),
                                  openbar_read_description(nullptr, &made),
                                  openbar_read_description("card.svd", nullptr),
                                  openbar_find_description(card, nullptr),
                                  openbar_find_peripheral(nullptr, nullptr, &made),
                                  openbar_find_peripheral(nullptr, "/", nullptr)};
    EXPECT_THAT(codes, testing::Each(OPENBAR_INVALID_ARGUMENT));
    EXPECT_EQ(openbar_read(card, 0, 0, 4, &value), OPENBAR_OK);
    EXPECT_EQ(made, 0u) << "an error has written to an output";
}

TEST_F(Arguments, that_are_not_utf8_are_refused) {
    openbar_device device = 0;
    for (const char* text : {"sim:\xff", "sim:\xc3", "sim:\xc0\xaf", "sim:\xed\xa0\x80",
                             "sim:\xf4\x90\x80\x80", "\x80", "sim:\xe2\x28\xa1"}) {
        EXPECT_EQ(openbar_open(text, nullptr, &device), OPENBAR_INVALID_ARGUMENT);
        EXPECT_THAT(last_error().message, HasSubstr("not UTF-8 from byte"));
    }
    // It is text, and no device.
    EXPECT_EQ(openbar_open("sim:\xe2\x82\xac", nullptr, &device), OPENBAR_NOT_FOUND);
    EXPECT_EQ(device, 0u);
}

TEST_F(Arguments, of_an_access_are_checked_before_it) {
    std::uint64_t value = 0x55;
    EXPECT_EQ(openbar_read(card, 5, 0, 4, &value), OPENBAR_NOT_FOUND);
    EXPECT_EQ(openbar_read(card, 0, 2, 4, &value), OPENBAR_MISALIGNED);
    EXPECT_EQ(openbar_read(card, 0, UINT64_MAX - 3, 4, &value), OPENBAR_OUT_OF_RANGE);
    for (const std::uint32_t width : {0u, 3u, 5u, 16u, 0xffffffffu})
        EXPECT_EQ(openbar_read(card, 0, 0, width, &value), OPENBAR_INVALID_ARGUMENT) << width;
    EXPECT_EQ(value, 0x55u) << "an error has written to an output";
    EXPECT_EQ(openbar_write(card, 0, 4, 4, 0x100000000), OPENBAR_INVALID_ARGUMENT);
    EXPECT_EQ(openbar_write(card, 0, 4, 3, 0), OPENBAR_INVALID_ARGUMENT);
    char bytes[8] = {};
    EXPECT_EQ(openbar_read_block(card, 0, 0, bytes, SIZE_MAX - 7, 4), OPENBAR_OUT_OF_RANGE);
    EXPECT_EQ(openbar_read_block(card, 0, 0, bytes, 6, 4), OPENBAR_INVALID_ARGUMENT);
}

TEST_F(Arguments, that_no_constant_has_are_refused) {
    auto capability = sized<openbar_capability>();
    EXPECT_EQ(openbar_device_get_capability(card, 7, &capability), OPENBAR_INVALID_ARGUMENT);
    openbar_handle made = 0;
    EXPECT_EQ(openbar_enable_vector(card, 3, 0, &made), OPENBAR_INVALID_ARGUMENT);
    EXPECT_EQ(openbar_enable_vector(card, OPENBAR_BEST_KIND, 4000, &made), OPENBAR_NOT_FOUND);
    auto map = sized<openbar_map_options>();
    map.memory_type = OPENBAR_CACHED;
    EXPECT_EQ(openbar_map(card, 0, &map, &made), OPENBAR_INVALID_ARGUMENT);
    auto pin = sized<openbar_pin_options>();
    pin.access = 4;
    char bytes[4] = {};
    EXPECT_EQ(openbar_pin(card, bytes, sizeof bytes, &pin, &made), OPENBAR_INVALID_ARGUMENT);
    auto dma = sized<openbar_dma_options>();
    dma.alignment = 3;
    EXPECT_EQ(openbar_allocate_dma(card, 4096, &dma, &made), OPENBAR_INVALID_ARGUMENT);
    EXPECT_EQ(openbar_allocate_dma(card, 0, nullptr, &made), OPENBAR_INVALID_ARGUMENT);
    EXPECT_EQ(openbar_allocate_dma(card, UINT64_MAX, nullptr, &made), OPENBAR_INVALID_ARGUMENT);
    EXPECT_EQ(made, 0u);
}

TEST_F(Arguments, of_lists_end_with_not_found) {
    auto device = sized<openbar_device_info>();
    ASSERT_EQ(openbar_device_get_info(card, &device), OPENBAR_OK);
    EXPECT_STREQ(device.address, "sim:edu");
    EXPECT_EQ(device.vendor_id, 0x1234u);
    auto region = sized<openbar_region_info>();
    for (std::uint32_t at = 0; at < device.region_count; ++at)
        EXPECT_EQ(openbar_device_get_region(card, at, &region), OPENBAR_OK);
    EXPECT_STREQ(region.name, "config");
    EXPECT_EQ(openbar_device_get_region(card, device.region_count, &region), OPENBAR_NOT_FOUND);
    auto vectors = sized<openbar_vector_info>();
    EXPECT_EQ(openbar_device_get_vectors(card, device.vector_kind_count, &vectors),
              OPENBAR_NOT_FOUND);
    auto capability = sized<openbar_pci_capability>();
    EXPECT_EQ(openbar_find_pci_capability(card, 5, 0, &capability), OPENBAR_OK);
    EXPECT_STREQ(capability.name, "MSI");
    EXPECT_EQ(openbar_find_pci_capability(card, 5, 1, &capability), OPENBAR_NOT_FOUND);
    EXPECT_EQ(openbar_get_pci_capability(card, 1000, &capability), OPENBAR_NOT_FOUND);
}

TEST(Errors, belong_to_the_thread_that_made_the_call) {
    openbar_device device = 0;
    EXPECT_EQ(openbar_open("nonsense", nullptr, &device), OPENBAR_INVALID_ARGUMENT);
    const std::string here = last_error().message;
    std::thread([&] {
        EXPECT_EQ(last_error().code, OPENBAR_OK);
        EXPECT_STREQ(last_error().message, "");
        EXPECT_EQ(openbar_open("sim:none", nullptr, &device), OPENBAR_NOT_FOUND);
        EXPECT_EQ(last_error().code, OPENBAR_NOT_FOUND);
    }).join();
    EXPECT_EQ(last_error().message, here);
    EXPECT_THAT(here, HasSubstr("nonsense"));
    EXPECT_THAT(last_error().hint, testing::Not(testing::StrEq("")));
}

TEST(Errors, have_the_names_of_the_cpp_interface) {
    EXPECT_STREQ(openbar_code_name(OPENBAR_OK), "ok");
    EXPECT_STREQ(openbar_code_name(OPENBAR_INVALID_ARGUMENT), "invalid_argument");
    EXPECT_STREQ(openbar_code_name(OPENBAR_IO), "io");
    for (const openbar_code code : {-1, OPENBAR_IO + 1, INT32_MAX, INT32_MIN})
        EXPECT_STREQ(openbar_code_name(code), "unknown");
}

}  // namespace
