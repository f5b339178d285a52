// Interrupts: enabled, waited for, silenced, missed, cancelled at every instant.
#include "machine.hpp"

namespace openbar::driver::test {
namespace {

constexpr std::uint32_t command_intx_disable = 0x400;

std::uint64_t enabled(Handle& handle, std::uint32_t vector) {
    const auto answer = handle.enable(vector);
    EXPECT_EQ(answer.status, Status::ok);
    return answer.as<openbar_object>().object;
}

TEST(Vector, a_wait_pends_until_the_message_comes) {
    Machine machine({.messages = 4});
    Handle handle(machine);
    const auto vector = enabled(handle, 2);
    Irp& irp = handle.wait(vector);
    EXPECT_EQ(irp.completions, 0);
    machine.kernel.fire(1);
    EXPECT_EQ(irp.completions, 0) << "another vector's";
    machine.kernel.fire(2);
    ASSERT_EQ(irp.completions, 1);
    EXPECT_EQ(irp.status, Status::ok);
    EXPECT_EQ(result_of(irp).count, 1u);
    EXPECT_EQ(result_of(irp).missed, 0u);
    EXPECT_EQ(handle.counters().interrupts_unclaimed, 1u);
}

TEST(Vector, what_happened_before_the_wait_is_not_lost_but_counted) {
    Machine machine({.messages = 1});
    Handle handle(machine);
    const auto vector = enabled(handle, 0);
    for (int i = 0; i < 5; ++i) machine.kernel.fire(0);
    Irp& irp = handle.wait(vector);
    ASSERT_EQ(irp.status, Status::ok);
    EXPECT_EQ(result_of(irp).count, 5u);
    EXPECT_EQ(result_of(irp).missed, 4u);
    EXPECT_EQ(handle.counters().interrupts_missed, 4u);
    Irp& next = handle.wait(vector, 5);
    EXPECT_EQ(next.completions, 0);
    machine.kernel.fire(0);
    EXPECT_EQ(result_of(next).count, 6u);
    EXPECT_EQ(result_of(next).missed, 0u);
}

TEST(Vector, every_wait_is_woken_and_nobody_waits_for_a_count_that_never_was) {
    Machine machine({.messages = 1});
    Handle handle(machine);
    const auto vector = enabled(handle, 0);
    Irp& one = handle.wait(vector);
    Irp& two = handle.wait(vector);
    machine.kernel.fire(0);
    EXPECT_EQ(one.status, Status::ok);
    EXPECT_EQ(two.status, Status::ok);
    EXPECT_EQ(handle.wait(vector, 2).status, Status::invalid);
    EXPECT_EQ(handle.wait(vector, UINT64_MAX).status, Status::invalid);
}

TEST(Vector, belongs_to_one_handle_and_so_do_all_others_of_the_device) {
    Machine machine({.messages = 4});
    Handle handle(machine);
    Handle neighbour(machine, &machine.other);
    const auto vector = enabled(handle, 0);
    EXPECT_EQ(handle.enable(0).status, Status::busy);
    EXPECT_EQ(neighbour.enable(0).status, Status::busy);
    EXPECT_EQ(neighbour.enable(1).status, Status::busy) << "stopping the bus would stop it";
    EXPECT_EQ(handle.enable(4).status, Status::not_found);
    EXPECT_EQ(handle.enable(UINT32_MAX).status, Status::not_found);
    EXPECT_EQ(neighbour.wait(vector).status, Status::not_found);
    EXPECT_EQ(neighbour.map(0, 0, 4).status, Status::ok) << "looking on is allowed";
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector), Status::ok);
    EXPECT_FALSE(machine.kernel.interrupts_connected());
    EXPECT_EQ(neighbour.enable(1).status, Status::ok);
}

TEST(Vector, a_masked_message_is_counted_and_wakes_when_unmasked) {
    Machine machine({.messages = 1});
    Handle handle(machine);
    const auto vector = enabled(handle, 0);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_MASK_VECTOR, vector), Status::ok);
    Irp& irp = handle.wait(vector);
    machine.kernel.fire(0);
    machine.kernel.fire(0);
    EXPECT_EQ(irp.completions, 0);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_UNMASK_VECTOR, vector), Status::ok);
    EXPECT_EQ(result_of(irp).count, 2u);
}

TEST(Vector, messages_need_the_bus_which_goes_off_with_the_last_of_them) {
    Machine machine({.dma_policy = OPENBAR_DMA_MESSAGES, .messages = 2});
    Handle handle(machine);
    const auto bus_master = [&] { return machine.card.read_configuration(4, 2) & 4; };
    EXPECT_EQ(bus_master(), 0u) << "the firmware had left it on";
    const auto one = enabled(handle, 0);
    const auto two = enabled(handle, 1);
    EXPECT_NE(bus_master(), 0u);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, one), Status::ok);
    EXPECT_NE(bus_master(), 0u);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, two), Status::ok);
    EXPECT_EQ(bus_master(), 0u);
}

TEST(Vector, messages_are_refused_where_the_administrator_has_not_allowed_the_bus) {
    Machine machine({.dma_policy = OPENBAR_DMA_OFF, .messages = 1});
    Handle handle(machine);
    EXPECT_EQ(handle.enable(0).status, Status::policy);
    EXPECT_EQ(handle.describe().capabilities & OPENBAR_CAN_WAIT, 0u);
    EXPECT_FALSE(machine.kernel.interrupts_connected());
}

TEST(Intx, is_silenced_by_the_interrupt_routine_and_armed_again_by_unmasking) {
    Machine machine({.dma_policy = OPENBAR_DMA_OFF});
    Handle handle(machine);
    const auto command = [&] { return machine.card.read_configuration(4, 2); };
    EXPECT_NE(command() & command_intx_disable, 0u) << "nobody listens yet";
    const auto vector = enabled(handle, 0);
    EXPECT_EQ(command() & command_intx_disable, 0u);
    Irp& irp = handle.wait(vector);
    machine.card.set_configuration(0x06, 2, 0x08);
    EXPECT_TRUE(machine.kernel.interrupt(0));
    EXPECT_NE(command() & command_intx_disable, 0u);
    EXPECT_EQ(irp.status, Status::ok);
    EXPECT_FALSE(machine.kernel.interrupt(0)) << "disabled, so a neighbour's";
    Irp& next = handle.wait(vector, 1, OPENBAR_WAIT_UNMASKS);
    EXPECT_EQ(command() & command_intx_disable, 0u);
    EXPECT_TRUE(machine.kernel.interrupt(0));
    EXPECT_EQ(result_of(next).count, 2u);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector), Status::ok);
    EXPECT_NE(command() & command_intx_disable, 0u);
}

TEST(Intx, of_a_neighbour_on_the_line_is_left_alone) {
    Machine machine;
    Handle handle(machine);
    (void)enabled(handle, 0);
    EXPECT_FALSE(machine.kernel.interrupt(0)) << "status bit clear";
    machine.card.gone = true;
    EXPECT_FALSE(machine.kernel.interrupt(0)) << "all ones are no interrupt";
    machine.card.gone = false;
    EXPECT_EQ(handle.counters().interrupts_foreign, 2u);
    EXPECT_EQ(handle.counters().interrupts, 0u);
}

TEST(Intx, is_refused_where_nothing_can_silence_it) {
    Machine machine({.start = false});
    machine.card.fix_configuration(0x05, 1);  // before PCI 2.3: the bit is hardwired
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    EXPECT_EQ(handle.describe().capabilities & OPENBAR_CAN_DISABLE_INTX, 0u);
    EXPECT_EQ(handle.enable(0).status, Status::unsupported);
}

openbar_enable_vector by_registers() {
    openbar_enable_vector in{};
    in.flags = OPENBAR_SILENCE_BY_REGISTERS | OPENBAR_SILENCE_BY_STATUS | OPENBAR_SILENCE_SHUTS_OFF;
    in.width = 4;
    in.status_offset = 0x24;
    in.status_mask = 0xff;
    in.silence_offset = 0x64;
    in.shut_off_offset = 0x68;
    return in;
}

TEST(Intx, without_the_disable_bit_needs_a_write_that_shuts_it_off_and_an_administrator) {
    Machine machine({.start = false});
    machine.card.fix_configuration(0x05, 1);
    ASSERT_EQ(machine.start(), Status::ok);
    const auto enable = [](Handle& handle, openbar_enable_vector in) {
        return handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, in, sizeof(openbar_object)).status;
    };
    auto no_shut_off = by_registers();
    no_shut_off.flags &= ~std::uint32_t{OPENBAR_SILENCE_SHUTS_OFF};
    no_shut_off.shut_off_offset = 0;
    Handle handle(machine);
    EXPECT_EQ(enable(handle, no_shut_off), Status::unsupported);
    machine.other.is_administrator = false;
    Handle neighbour(machine, &machine.other);
    EXPECT_EQ(enable(neighbour, by_registers()), Status::policy)
        << "what it says of its registers may be wrong, and nothing else would end the storm";
    EXPECT_EQ(enable(handle, by_registers()), Status::ok);
}

TEST(Intx, of_a_caller_that_does_not_know_the_shut_off_is_served) {
    Machine machine;
    Handle handle(machine);
    openbar_enable_vector in{};
    openbar_prepare(&in.header, OPENBAR_FIRST_SIZE_ENABLE_VECTOR);
    EXPECT_EQ(handle
                  .send(OPENBAR_IOCTL_ENABLE_VECTOR, &in, OPENBAR_FIRST_SIZE_ENABLE_VECTOR,
                        sizeof(openbar_object))
                  .status,
              Status::ok);
}

TEST(Intx, can_be_silenced_by_registers_which_the_routine_reads_and_writes_once) {
    Machine machine({.start = false});
    machine.card.fix_configuration(0x05, 1);
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    const auto answer =
        handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, by_registers(), sizeof(openbar_object));
    ASSERT_EQ(answer.status, Status::ok);
    Irp& irp = handle.wait(answer.as<openbar_object>().object);
    EXPECT_FALSE(machine.kernel.interrupt(0)) << "status register 0";
    machine.card.write(0, 0x24, 4, 0xf21);
    const std::uint32_t before = machine.card.writes;
    EXPECT_TRUE(machine.kernel.interrupt(0));
    EXPECT_EQ(machine.card.writes, before + 1);
    EXPECT_EQ(machine.card.read(0, 0x64, 4), 0x21u) << "the masked status, written back";
    EXPECT_EQ(result_of(irp).status, 0x21u);
}

TEST(Intx, that_the_registers_do_not_silence_is_disabled_before_it_hangs_the_machine) {
    Machine machine;
    Handle handle(machine);
    const auto answer =
        handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, by_registers(), sizeof(openbar_object));
    ASSERT_EQ(answer.status, Status::ok);
    machine.card.write(0, 0x24, 4, 0x1);  // which no write to 0x64 clears
    const auto line_is_disabled = [&] {
        return (machine.card.read_configuration(4, 2) & command_intx_disable) != 0;
    };
    machine.kernel.starved = true;
    for (int call = 0; call < 255; ++call) EXPECT_TRUE(machine.kernel.interrupt(0));
    EXPECT_FALSE(line_is_disabled());
    EXPECT_TRUE(machine.kernel.interrupt(0));
    EXPECT_TRUE(line_is_disabled());
    machine.card.write(0, 0x24, 4, 0);
    machine.kernel.starved = false;
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_UNMASK_VECTOR, answer.as<openbar_object>().object),
              Status::ok);
    EXPECT_FALSE(line_is_disabled()) << "until its owner has another try";
}

TEST(Intx, the_routines_accesses_are_checked_as_those_of_a_program) {
    Machine machine({.messages = 0, .start = false});
    machine.card.add_msix(0x40, 4, 0, 0x3000);
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    const auto refused = [&](auto change) {
        auto in = by_registers();
        change(in);
        return handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, in, sizeof(openbar_object)).status;
    };
    EXPECT_EQ(refused([](auto& in) { in.region = 7; }), Status::unsupported);
    EXPECT_EQ(refused([](auto& in) { in.region = 9; }), Status::not_found);
    EXPECT_EQ(refused([](auto& in) { in.width = 8; }), Status::unsupported);
    EXPECT_EQ(refused([](auto& in) { in.width = 3; }), Status::invalid);
    EXPECT_EQ(refused([](auto& in) { in.status_offset = 0x22; }), Status::alignment);
    EXPECT_EQ(refused([](auto& in) { in.silence_offset = UINT64_MAX - 3; }), Status::range);
    EXPECT_EQ(refused([](auto& in) { in.silence_offset = 0x3000; }), Status::protected_bytes);
    EXPECT_EQ(refused([](auto& in) { in.status_mask = 0; }), Status::invalid);
    EXPECT_EQ(refused([](auto& in) { in.flags = 8; }), Status::invalid);
    EXPECT_EQ(refused([](auto& in) { in.flags &= ~4u; }), Status::invalid) << "a shut-off unused";
    EXPECT_EQ(refused([](auto& in) { in.shut_off_offset = 0x3000; }), Status::protected_bytes);
    EXPECT_EQ(refused([](auto& in) { in.flags = 0; }), Status::invalid) << "fields without use";
}

TEST(Wait, is_cancelled_once_wherever_it_is) {
    Machine machine({.messages = 1});
    Handle handle(machine);
    const auto vector = enabled(handle, 0);
    Irp& pended = handle.wait(vector);
    machine.kernel.cancel(pended);
    EXPECT_EQ(pended.completions, 1);
    EXPECT_EQ(pended.status, Status::cancelled);
    machine.kernel.cancel(pended);
    EXPECT_EQ(pended.completions, 1) << "after completion nothing happens";
    machine.kernel.fire(0);
    EXPECT_EQ(pended.completions, 1);
    // Cancelled after the check of the count, before the cancel routine is set.
    machine.kernel.fail_always = "make_cancellable";
    EXPECT_EQ(handle.wait(vector, 1).status, Status::cancelled);
    machine.kernel.fail_always = "";
    EXPECT_EQ(handle.counters().waits_now, 0u);
}

TEST(Wait, ends_when_the_vector_the_handle_or_the_device_goes) {
    Machine machine({.messages = 2});
    Handle handle(machine);
    const auto first = enabled(handle, 0);
    const auto second = enabled(handle, 1);
    Irp& disabled = handle.wait(first);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, first), Status::ok);
    EXPECT_EQ(disabled.status, Status::cancelled);
    Irp& removed = handle.wait(second);
    machine.device->surprise_remove();
    EXPECT_EQ(removed.status, Status::removed);
    EXPECT_EQ(handle.wait(second).status, Status::removed);
    EXPECT_FALSE(machine.kernel.interrupts_connected());
}

TEST(Wait, ends_with_cleanup_in_another_process) {
    Machine machine({.messages = 1});
    Handle handle(machine);
    Irp& irp = handle.wait(enabled(handle, 0));
    handle.cleanup(&machine.other);
    EXPECT_EQ(irp.status, Status::cancelled);
    EXPECT_EQ(irp.completions, 1);
}

TEST(Wait, has_a_limit_for_each_handle) {
    Machine machine({.messages = 1});
    Handle handle(machine);
    const auto vector = enabled(handle, 0);
    for (std::uint32_t i = 0; i < OPENBAR_MAX_WAITS; ++i)
        ASSERT_EQ(handle.wait(vector).completions, 0);
    EXPECT_EQ(handle.wait(vector).status, Status::limit);
    machine.kernel.fire(0);
    EXPECT_EQ(handle.counters().waits_now, 0u);
    EXPECT_EQ(handle.wait(vector, 1).completions, 0) << "room again";
}

TEST(Wait, whose_cancel_routine_has_begun_is_left_to_it) {
    Machine machine({.messages = 1});
    Handle handle(machine);
    const auto vector = enabled(handle, 0);
    Irp& irp = handle.wait(vector);
    // The I/O manager has taken the cancel routine, which has not run yet.
    irp.cancelled = true;
    ASSERT_TRUE(irp.cancel_routine.exchange(false));
    machine.kernel.fire(0);
    EXPECT_EQ(irp.completions, 0);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector), Status::ok);
    EXPECT_EQ(irp.completions, 0);
    machine.device->stop();  // even the vectors are gone now
    machine.device->cancel(*irp.pended);
    EXPECT_EQ(irp.completions, 1);
    EXPECT_EQ(irp.status, Status::cancelled);
}

}  // namespace
}  // namespace openbar::driver::test
