// Level-triggered lines as Windows' documents describe them: the routine is called until the device
// is silent, and nothing else runs on that processor.
#include "machine.hpp"

namespace openbar::driver::test {
namespace {

using worst_case::Switch;

openbar_enable_vector by_interrupt_registers() {
    openbar_enable_vector in{};
    in.flags = OPENBAR_SILENCE_BY_REGISTERS | OPENBAR_SILENCE_BY_STATUS | OPENBAR_SILENCE_SHUTS_OFF;
    in.width = 4;
    in.status_offset = PlainCard::cause;
    in.status_mask = 0xff;
    in.silence_offset = PlainCard::acknowledge;
    in.shut_off_offset = PlainCard::mask;
    return in;
}

/// A card with a line, in a machine whose interrupt controller does its worst.
struct LineMachine : Machine {
    explicit LineMachine(bool has_disable_bit) : Machine({.start = false}) {
        card.give_interrupt_registers();
        if (!has_disable_bit) card.fix_configuration(0x05, 1);
        kernel.worst.set(Switch::line_reenters);
        EXPECT_EQ(start(), Status::ok);
    }
    void raise(std::uint32_t causes) {
        card.raise(causes);
        kernel.line_changed();
    }
    [[nodiscard]] bool line_is_disabled() { return (card.read_configuration(4, 2) & 0x400) != 0; }
};

Answer enable_by_registers(Handle& handle) {
    return handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, by_interrupt_registers(),
                       sizeof(openbar_object));
}

/// Does `act` again and again, with the card asserting its line at a later moment each time.
template <typename Act>
void with_the_line_asserted_at_each_moment(bool has_disable_bit, Act act) {
    for (unsigned moment = 0; moment < 40; ++moment) {
        LineMachine machine(has_disable_bit);
        unsigned releases = 0;
        const auto at_moment = [&] {
            if (releases++ == moment) machine.card.raise(1);
        };
        act(machine, at_moment);
        machine.kernel.on_release = nullptr;
        machine.kernel.line_changed();
        ASSERT_EQ(machine.kernel.violations(), "") << "asserted after release " << moment;
    }
}

TEST(WorstLine, is_silenced_before_the_device_powers_down) {
    with_the_line_asserted_at_each_moment(true, [](LineMachine& machine, auto at_moment) {
        Handle handle(machine);
        ASSERT_EQ(handle.enable(0).status, Status::ok);
        machine.kernel.on_release = at_moment;
        machine.device->power_down();
        machine.device->power_up();
        machine.kernel.on_release = nullptr;
    });
}

TEST(WorstLine, is_silent_while_the_device_powers_up) {
    LineMachine machine(true);
    Handle handle(machine);
    const auto vector = handle.enable(0);
    ASSERT_EQ(vector.status, Status::ok);
    machine.device->power_down();
    machine.raise(1);
    machine.device->power_up();
    machine.kernel.line_changed();
    EXPECT_EQ(machine.kernel.violations(), "");
    Irp& irp = handle.wait(vector.as<openbar_object>().object);
    EXPECT_EQ(irp.status, Status::ok) << "armed again on the way up";
}

TEST(WorstLine, of_a_card_without_the_disable_bit_is_silenced_from_its_connection_on) {
    LineMachine machine(false);
    Handle handle(machine);
    machine.raise(1);
    EXPECT_EQ(enable_by_registers(handle).status, Status::ok);
    EXPECT_EQ(machine.kernel.violations(), "");
}

TEST(WorstLine, of_a_card_without_the_disable_bit_is_silent_before_it_is_disconnected) {
    with_the_line_asserted_at_each_moment(false, [](LineMachine& machine, auto at_moment) {
        Handle handle(machine);
        const auto vector = enable_by_registers(handle);
        ASSERT_EQ(vector.status, Status::ok);
        machine.kernel.on_release = at_moment;
        EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector.as<openbar_object>().object),
                  Status::ok);
        machine.kernel.on_release = nullptr;
    });
}

TEST(WorstLine, that_nothing_silences_is_stopped_although_another_processor_waits_for_it) {
    LineMachine machine(true);
    Handle handle(machine);
    auto in = by_interrupt_registers();
    in.silence_offset = 0x80;  // which silences nothing
    const auto vector = handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, in, sizeof(openbar_object));
    ASSERT_EQ(vector.status, Status::ok);
    std::uint64_t seen = 0;
    machine.kernel.during_storm = [&] {
        const Irp& irp = handle.wait(vector.as<openbar_object>().object, seen);
        if (irp.status == Status::ok) seen = result_of(irp).count;
    };
    machine.raise(1);
    machine.kernel.during_storm = nullptr;
    EXPECT_EQ(machine.kernel.violations(), "");
}

TEST(WorstLine, that_nothing_silences_is_stopped_although_another_processor_unmasks_it) {
    for (const bool by_wait : {false, true}) {
        LineMachine machine(true);
        Handle handle(machine);
        auto in = by_interrupt_registers();
        in.silence_offset = 0x80;  // which silences nothing
        const auto vector = handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, in, sizeof(openbar_object));
        ASSERT_EQ(vector.status, Status::ok);
        const std::uint64_t object = vector.as<openbar_object>().object;
        machine.kernel.during_storm = [&] {
            if (handle.counters().storms != 0) return;
            if (by_wait)
                (void)handle.wait(object, 0, OPENBAR_WAIT_UNMASKS);
            else
                (void)handle.on(OPENBAR_IOCTL_UNMASK_VECTOR, object);
        };
        machine.raise(1);
        machine.kernel.during_storm = nullptr;
        EXPECT_EQ(machine.kernel.violations(), "");
        EXPECT_EQ(handle.counters().storms, 1u);
    }
}

TEST(WorstLine, that_storms_again_and_again_is_armed_only_once_a_second) {
    LineMachine machine(true);
    Handle handle(machine);
    auto in = by_interrupt_registers();
    in.silence_offset = 0x80;  // which silences nothing
    const auto enabled = handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, in, sizeof(openbar_object));
    const std::uint64_t vector = enabled.as<openbar_object>().object;
    machine.raise(1);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_UNMASK_VECTOR, vector), Status::ok) << "another try";
    EXPECT_EQ(handle.counters().storms, 2u);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_UNMASK_VECTOR, vector), Status::busy);
    EXPECT_EQ(handle.wait(vector, 512, OPENBAR_WAIT_UNMASKS).status, Status::busy);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_MASK_VECTOR, vector), Status::ok);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector), Status::ok);
    EXPECT_EQ(handle.enable(0).status, Status::busy);
    EXPECT_EQ(handle.counters().storms, 2u);
    machine.card.write(0, PlainCard::cause, 4, 0);
    machine.kernel.advance(1'000'000'000);
    EXPECT_EQ(handle.enable(0).status, Status::ok);
    EXPECT_EQ(machine.kernel.violations(), "");
}

TEST(WorstLine, that_nothing_else_silences_is_shut_off_by_the_cards_mask) {
    LineMachine machine(false);
    Handle handle(machine);
    auto in = by_interrupt_registers();
    in.silence_offset = 0x80;  // which silences nothing
    const auto vector = handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, in, sizeof(openbar_object));
    ASSERT_EQ(vector.status, Status::ok);
    machine.card.write(0, PlainCard::mask, 4, 0xff);  // the program lets it interrupt
    machine.raise(1);
    EXPECT_EQ(machine.kernel.violations(), "");
    EXPECT_EQ(machine.card.read(0, PlainCard::mask, 4), 0u);
    EXPECT_EQ(handle.counters().storms, 1u);
}

TEST(WorstLine, whose_registered_status_does_not_tell_the_truth_is_found_by_the_disable_bit) {
    LineMachine machine(true);
    Handle handle(machine);
    auto in = by_interrupt_registers();
    in.status_offset = 0x80;  // always 0: "not mine"
    ASSERT_EQ(handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, in, sizeof(openbar_object)).status,
              Status::ok);
    machine.raise(1);
    EXPECT_EQ(machine.kernel.violations(), "");
    EXPECT_EQ(handle.counters().storms, 1u);
}

TEST(WorstLine, that_leaves_programs_no_time_is_shut_off_until_its_owner_asks) {
    LineMachine machine(true);
    machine.kernel.worst.set(Switch::line_reenters, false);
    Handle handle(machine);
    const auto vector = enable_by_registers(handle).as<openbar_object>().object;
    for (unsigned i = 0; i < 100'000 && !machine.line_is_disabled(); ++i) {
        machine.card.raise(1);
        machine.kernel.fire(0);  // each with its deferred call
    }
    EXPECT_TRUE(machine.line_is_disabled());
    EXPECT_EQ(handle.counters().storms, 1u);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_UNMASK_VECTOR, vector), Status::ok);
    EXPECT_FALSE(machine.line_is_disabled());
}

TEST(WorstLine, whose_routine_cannot_be_connected_again_loses_its_vectors_and_not_the_device) {
    LineMachine machine(true);
    machine.kernel.worst.set(Switch::reconnect_fails);
    Handle handle(machine);
    const auto vector = handle.enable(0).as<openbar_object>().object;
    Irp& irp = handle.wait(vector);
    machine.device->power_down();
    machine.device->power_up();
    EXPECT_EQ(irp.status, Status::no_memory);
    EXPECT_EQ(handle.program({read_step(0, 0, 4)}).status, Status::ok);
    EXPECT_EQ(handle.wait(vector).status, Status::cancelled);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector), Status::ok);
    EXPECT_EQ(handle.enable(0).status, Status::ok);
}

TEST(WorstLine, of_a_device_that_is_only_taken_for_gone_is_silenced_too) {
    LineMachine machine(true);
    Handle handle(machine);
    ASSERT_EQ(handle.enable(0).status, Status::ok);
    machine.device->surprise_remove();
    machine.raise(1);
    EXPECT_FALSE(machine.card.asserts_line());
    EXPECT_EQ(machine.kernel.violations(), "");
}

TEST(WorstLine, of_a_neighbour_is_left_to_its_driver) {
    LineMachine machine(true);
    machine.kernel.worst.set(Switch::line_is_shared);
    Handle handle(machine);
    ASSERT_EQ(handle.enable(0).status, Status::ok);
    machine.kernel.neighbour_asserts = true;
    machine.kernel.line_changed();
    EXPECT_FALSE(machine.kernel.neighbour_asserts);
    EXPECT_EQ(handle.counters().interrupts, 0u);
    EXPECT_NE(handle.counters().interrupts_foreign, 0u);
}

}  // namespace
}  // namespace openbar::driver::test
