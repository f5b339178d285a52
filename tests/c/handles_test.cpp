// Handles that are wrong, closed, used twice, or of another kind.
#include "c_interface.hpp"

#include <array>
#include <set>
#include <vector>

namespace {

using testing::HasSubstr;

class Handles : public OpenCard {};

constexpr std::array<openbar_handle, 6> never_handles = {
    0, 1, 0xffffffff, 0x200000000, 0x7fffffffffffffff, 0xffffffffffffffff};

/// Every function that takes a handle, called with `handle`.
std::vector<openbar_code> codes_of_all_calls(openbar_handle handle) {
    auto device = sized<openbar_device_info>();
    auto capability = sized<openbar_capability>();
    auto region = sized<openbar_region_info>();
    auto mapping_info = sized<openbar_mapping_info>();
    auto vectors = sized<openbar_vector_info>();
    auto interrupt_info = sized<openbar_interrupt_info>();
    auto memory_info = sized<openbar_memory_info>();
    auto pci_capability = sized<openbar_pci_capability>();
    auto function = sized<openbar_function_info>();
    auto description = sized<openbar_description_info>();
    auto register_info = sized<openbar_register_info>();
    auto field = sized<openbar_field_info>();
    auto value_info = sized<openbar_value_info>();
    auto peripheral = sized<openbar_peripheral_info>();
    auto block = sized<openbar_block_info>();
    openbar_range part{};
    openbar_segment segment{};
    openbar_handle made = 0;
    openbar_ready ready{};
    intptr_t native = 0;
    std::uint32_t event = 0;
    std::uint64_t value = 0;
    char bytes[8] = {};
    return {openbar_close(handle),
            openbar_device_get_info(handle, &device),
            openbar_device_get_capability(handle, OPENBAR_CAN_MAP, &capability),
            openbar_set_bus_master(handle, 1),
            openbar_reset(handle),
            openbar_device_get_region(handle, 0, &region),
            openbar_region_get_mappable(handle, 0, 0, &part),
            openbar_read(handle, 0, 0, 4, &value),
            openbar_write(handle, 0, 4, 4, 0),
            openbar_read_block(handle, 0, 0, bytes, 8, 4),
            openbar_write_block(handle, 0, 4, bytes, 4, 4),
            openbar_map(handle, 0, nullptr, &made),
            openbar_mapping_get_info(handle, &mapping_info),
            openbar_mapping_status(handle),
            openbar_copy_to_device(handle, 0, bytes, 8, 0),
            openbar_copy_from_device(handle, 0, bytes, 8, 0),
            openbar_fill(handle, 0, 8, 0, 0),
            openbar_device_get_vectors(handle, 0, &vectors),
            openbar_enable_vector(handle, OPENBAR_BEST_KIND, 0, &made),
            openbar_interrupt_get_info(handle, &interrupt_info),
            openbar_wait(handle, 0, &value),
            openbar_cancel(handle),
            openbar_mask(handle),
            openbar_unmask(handle),
            openbar_trigger(handle),
            openbar_subscribe(handle, &made),
            openbar_next_event(handle, 0, &event),
            openbar_trigger_event(handle, OPENBAR_DEVICE_ERROR),
            openbar_events_get_native_handle(handle, &native),
            openbar_wait_any(&handle, 1, 0, &ready, &event),
            openbar_allocate_dma(handle, 4096, nullptr, &made),
            openbar_pin(handle, bytes, 8, nullptr, &made),
            openbar_memory_get_info(handle, &memory_info),
            openbar_memory_get_segment(handle, 0, &segment),
            openbar_get_pci_capability(handle, 0, &pci_capability),
            openbar_find_pci_capability(handle, 5, 0, &pci_capability),
            openbar_functions_get(handle, 0, &function),
            openbar_find_description(handle, &made),
            openbar_description_get_info(handle, &description),
            openbar_description_get_register(handle, 0, &register_info),
            openbar_find_register(handle, "STATUS", &register_info),
            openbar_register_get_field(handle, 0, 0, &field),
            openbar_field_get_value(handle, 0, 0, 0, &value_info),
            openbar_peripheral_get_info(handle, &peripheral),
            openbar_peripheral_get_block(handle, 0, &block)};
}

TEST_F(Handles, that_were_never_given_are_refused_by_every_call) {
    for (const openbar_handle handle : never_handles) {
        EXPECT_THAT(codes_of_all_calls(handle), testing::Each(OPENBAR_INVALID_ARGUMENT)) << handle;
        EXPECT_STRNE(last_error().cause, "");
    }
}

TEST_F(Handles, that_are_closed_are_refused_by_every_call) {
    openbar_device closed = 0;
    ASSERT_EQ(openbar_open("sim:edu", nullptr, &closed), OPENBAR_OK);
    ASSERT_EQ(openbar_close(closed), OPENBAR_OK);
    EXPECT_THAT(codes_of_all_calls(closed), testing::Each(OPENBAR_INVALID_ARGUMENT));
    EXPECT_THAT(last_error().message, HasSubstr("closed or was never one"));
}

TEST_F(Handles, are_never_given_again) {
    std::set<openbar_handle> given;
    for (int round = 0; round < 100; ++round) {
        openbar_memory buffer = 0;
        ASSERT_EQ(openbar_allocate_dma(card, 4096, nullptr, &buffer), OPENBAR_OK);
        EXPECT_TRUE(given.insert(buffer).second) << buffer;
        ASSERT_EQ(openbar_close(buffer), OPENBAR_OK);
        EXPECT_EQ(openbar_close(buffer), OPENBAR_INVALID_ARGUMENT);
    }
}

TEST_F(Handles, of_another_kind_are_refused_with_both_kinds) {
    openbar_memory buffer = 0;
    ASSERT_EQ(openbar_allocate_dma(card, 4096, nullptr, &buffer), OPENBAR_OK);
    std::uint64_t value = 0;
    EXPECT_EQ(openbar_read(buffer, 0, 0, 4, &value), OPENBAR_INVALID_ARGUMENT);
    EXPECT_THAT(last_error().message, HasSubstr("the handle is that of a memory"));
    EXPECT_THAT(last_error().hint, HasSubstr("a device"));
    EXPECT_EQ(openbar_wait(card, 0, &value), OPENBAR_INVALID_ARGUMENT);
    EXPECT_EQ(openbar_close(buffer), OPENBAR_OK);
}

TEST_F(Handles, keep_their_device_open) {
    openbar_memory buffer = 0;
    openbar_interrupt vector = 0;
    ASSERT_EQ(openbar_set_bus_master(card, 1), OPENBAR_OK);
    ASSERT_EQ(openbar_allocate_dma(card, 4096, nullptr, &buffer), OPENBAR_OK);
    ASSERT_EQ(openbar_enable_vector(card, OPENBAR_BEST_KIND, 0, &vector), OPENBAR_OK);
    ASSERT_EQ(openbar_close(card), OPENBAR_OK);
    auto info = sized<openbar_memory_info>();
    ASSERT_EQ(openbar_memory_get_info(buffer, &info), OPENBAR_OK);
    static_cast<char*>(info.address)[4095] = 1;
    EXPECT_EQ(openbar_trigger(vector), OPENBAR_OK);
    std::uint64_t count = 0;
    EXPECT_EQ(openbar_wait(vector, 5'000'000'000, &count), OPENBAR_OK);
    EXPECT_EQ(count, 1u);
    EXPECT_EQ(openbar_close(vector), OPENBAR_OK);
    EXPECT_EQ(openbar_close(buffer), OPENBAR_OK);
}

}  // namespace
