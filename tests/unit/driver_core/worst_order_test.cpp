// Requests that wait, and what must not wait with them: exits, power, removal, others' requests.
#include "machine.hpp"
#include "stand_in_thread.hpp"

namespace openbar::driver::test {
namespace {

using worst_case::Switch;

/// The end of a process, reported as Windows does: in its last thread, which must not wait.
void exit_of(Machine& machine, StandInProcess& process, Urgency urgency) {
    InProcess in(process);
    Urgent now(urgency);
    machine.device->process_exited(&process);
}

std::function<void()> stranger_exits(Machine& machine) {
    return [&machine] { exit_of(machine, machine.system, Urgency::exit_of_stranger); };
}

Answer pin(Handle& handle) {
    return handle.send(OPENBAR_IOCTL_PIN_MEMORY, openbar_pin{{}, 0x20000, 4096, 1, 0},
                       sizeof(openbar_dma));
}

/// Afterwards, so that every thread ends: what was waited for comes.
void let_go(Machine& machine, Turns& turns) {
    machine.kernel.page_ins_end = true;
    turns.run();
}

TEST(WorstOrder, a_process_that_owns_nothing_ends_while_a_pin_pages_in) {
    Machine machine;
    machine.kernel.worst.set(Switch::page_in_never_ends);
    Handle handle(machine);
    Turns turns;
    turns.add("pin", [&] { (void)pin(handle); });
    turns.add("exit", stranger_exits(machine));
    turns.run();
    EXPECT_TRUE(turns.has_ended("exit")) << turns.stuck();
    let_go(machine, turns);
    EXPECT_EQ(machine.kernel.violations(), "");
}

TEST(WorstOrder, a_process_that_owns_nothing_ends_while_the_device_is_reset) {
    Machine machine({.start = false});
    machine.card.add_express(0x80);
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    Turns turns(1);
    turns.add("reset", [&] { (void)handle.reset(); });
    for (int i = 0; i < 20; ++i) turns.add("exit", stranger_exits(machine));
    turns.run();
    EXPECT_EQ(turns.stuck(), "");
    EXPECT_EQ(machine.kernel.violations(), "");
}

TEST(WorstOrder, neither_power_nor_removal_nor_others_wait_for_a_pin_that_pages_in) {
    Machine machine;
    machine.kernel.worst.set(Switch::page_in_never_ends);
    Handle handle(machine);
    Handle neighbour(machine, &machine.other);
    Turns turns;
    turns.add("pin", [&] { (void)pin(handle); });
    turns.add("neighbour", [&] {
        EXPECT_EQ(neighbour.map(0, 0, 4).status, Status::ok);
        EXPECT_TRUE(Handle(machine, &machine.other).is_open());
    });
    turns.add("exit of a neighbour",
              [&] { exit_of(machine, machine.other, Urgency::exit_of_owner); });
    turns.add("power", [&] {
        Urgent now(Urgency::power);
        machine.device->power_down();
        machine.device->power_up();
    });
    turns.add("removal", [&] {
        Urgent now(Urgency::power);
        machine.device->surprise_remove();
    });
    turns.run();
    for (const char* other : {"neighbour", "exit of a neighbour", "power", "removal"})
        EXPECT_TRUE(turns.has_ended(other)) << turns.stuck();
    let_go(machine, turns);
    EXPECT_EQ(machine.kernel.violations(), "");
}

class WorstOrderWithPoll : public testing::TestWithParam<int> {};

// Another's poll of 900 ms is nothing that these have to wait for.
TEST_P(WorstOrderWithPoll, unmap_close_and_exit_do_not_wait_out_another_handles_poll) {
    Machine machine;
    Handle poller(machine);
    Handle handle(machine, &machine.other);
    const auto mapped = handle.map(0, 0, 4).as<openbar_mapping>();
    Turns turns;
    bool polled = false;
    bool done_first = false;
    machine.kernel.during_sleep = [&] { turns.yield(); };
    turns.add("poll", [&] {
        (void)poller.program({poll_step(0x40, 1, 1, 900'000'000)});
        polled = true;
    });
    turns.add("other", [&] {
        Urgent now(Urgency::exit_of_owner);
        switch (GetParam()) {
            case 0: EXPECT_EQ(handle.unmap(mapped.object), Status::ok); break;
            case 1: handle.close(); break;
            case 2: exit_of(machine, machine.other, Urgency::exit_of_owner); break;
        }
        done_first = !polled;
    });
    turns.run();
    machine.kernel.during_sleep = nullptr;
    EXPECT_TRUE(done_first);
    EXPECT_EQ(machine.kernel.violations(), "");
}

INSTANTIATE_TEST_SUITE_P(OfEach, WorstOrderWithPoll, testing::Range(0, 3));

}  // namespace
}  // namespace openbar::driver::test
