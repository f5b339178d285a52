// What becomes of addresses and levels that the documents do not promise.
#include "machine.hpp"

namespace openbar::driver::test {
namespace {

using worst_case::Switch;

openbar_mapping_state state_of(Handle& handle, std::uint64_t object) {
    return handle
        .send(OPENBAR_IOCTL_MAPPING_STATE, openbar_object{{}, object},
              sizeof(openbar_mapping_state))
        .as<openbar_mapping_state>();
}

// In each of the ways in which a mapping goes without its owner.
TEST(WorstMemory, a_stale_pointer_reaches_nothing_of_the_program) {
    for (int way = 0; way < 3; ++way) {
        Machine machine;
        Handle handle(machine);
        const auto mapped = handle.map(0, 0, 4096).as<openbar_mapping>();
        const auto buffer = handle
                                .send(OPENBAR_IOCTL_ALLOCATE_DMA, openbar_allocate_dma{{}, 4096},
                                      sizeof(openbar_dma))
                                .as<openbar_dma>();
        EXPECT_EQ(machine.kernel.what_is_at(machine.user, mapped.address), "the device");
        EXPECT_EQ(state_of(handle, mapped.object).condition, std::uint32_t{OPENBAR_MAPPED});
        if (way == 0) machine.device->power_down();
        if (way == 1) machine.device->stop();
        if (way == 2) machine.device->surprise_remove();
        EXPECT_EQ(machine.kernel.what_is_at(machine.user, mapped.address), "a reservation");
        const auto state = state_of(handle, mapped.object);
        EXPECT_EQ(state.condition, std::uint32_t{OPENBAR_MAPPING_REVOKED});
        EXPECT_EQ(state.address, mapped.address);
        EXPECT_EQ(state.length, 4096u);
        if (way != 0) {
            EXPECT_EQ(machine.kernel.what_is_at(machine.user, buffer.address), "a reservation");
        }
        EXPECT_EQ(handle.unmap(mapped.object), Status::ok);
        EXPECT_EQ(machine.kernel.what_is_at(machine.user, mapped.address), "nothing");
    }
}

TEST(WorstMemory, a_range_that_is_taken_between_two_steps_is_lost_and_left_alone) {
    Machine machine;
    machine.kernel.worst.set(Switch::range_reused);
    Handle handle(machine);
    std::vector<openbar_mapping> mapped;
    for (int i = 0; i < 32; ++i) mapped.push_back(handle.map(0, 0, 4096).as<openbar_mapping>());
    machine.device->power_down();
    unsigned lost = 0;
    for (const openbar_mapping& mapping : mapped) {
        const bool is_lost = state_of(handle, mapping.object).condition == OPENBAR_MAPPING_LOST;
        const char* there = is_lost ? "other memory of the program" : "a reservation";
        EXPECT_EQ(machine.kernel.what_is_at(machine.user, mapping.address), there);
        EXPECT_EQ(handle.unmap(mapping.object), Status::ok);
        EXPECT_EQ(machine.kernel.what_is_at(machine.user, mapping.address),
                  is_lost ? there : "nothing");
        lost += is_lost;
    }
    EXPECT_NE(lost, 0u);
    EXPECT_NE(lost, 32u);
}

TEST(WorstMemory, reservations_go_with_their_handle_but_not_in_a_process_that_has_ended) {
    for (bool exits : {false, true}) {
        Machine machine;
        Handle handle(machine);
        const auto mapped = handle.map(0, 0, 4096).as<openbar_mapping>();
        machine.device->power_down();
        if (exits) machine.end_process(machine.user);
        handle.close(&machine.other);
        if (!exits) {
            EXPECT_EQ(machine.kernel.what_is_at(machine.user, mapped.address), "nothing");
        }
    }
}

TEST(WorstMemory, pieces_of_a_mapping_follow_each_other_though_windows_rounds_addresses_down) {
    Machine machine({.bar_size = 4 << 20});
    machine.kernel.worst.set(Switch::addresses_rounded);
    machine.kernel.kernel_facts.max_user_view = (1 << 20) - 4096;  // as 4 GiB less a page
    Handle handle(machine);
    const auto mapped = handle.map(0, 0, 4 << 20).as<openbar_mapping>();
    ASSERT_FALSE(machine.kernel.placed.empty());
    std::uint64_t next = mapped.address;
    for (const auto& [address, length] : machine.kernel.placed) {
        EXPECT_EQ(address, next);
        next = address + length;
    }
    EXPECT_EQ(next, mapped.address + (4 << 20));
}

TEST(WorstMemory, configuration_space_of_a_virtual_function_is_touched_at_low_levels_only) {
    Machine machine({.messages = 2, .start = false});
    machine.kernel.worst.set(Switch::virtual_function);
    machine.card.add_express(0x80);
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    const auto vector = handle.enable(0);
    ASSERT_EQ(vector.status, Status::ok);
    (void)handle.set(OPENBAR_IOCTL_BUS_MASTER, true);
    machine.kernel.fire(0);
    machine.device->power_down();
    machine.device->power_up();
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector.as<openbar_object>().object),
              Status::ok);
    EXPECT_EQ(handle.reset(), Status::ok);
    EXPECT_EQ(machine.kernel.violations(), "");
}

}  // namespace
}  // namespace openbar::driver::test
