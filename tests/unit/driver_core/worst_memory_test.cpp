// What becomes of addresses and levels that the documents do not promise.
#include "machine.hpp"

namespace openbar::driver::test {
namespace {

using worst_case::Switch;

TEST(WorstMemory, DISABLED_a_stale_pointer_reaches_nothing_of_the_program) {
    Machine machine;
    machine.kernel.worst.set(Switch::range_reused);
    Handle handle(machine);
    const auto mapped = handle.map(0, 0, 4096).as<openbar_mapping>();
    EXPECT_EQ(machine.kernel.what_is_at(machine.user, mapped.address), "the device");
    machine.device->power_down();
    EXPECT_EQ(machine.kernel.what_is_at(machine.user, mapped.address), "a reservation");
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
