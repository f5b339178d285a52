// Every kernel call that can fail is made to, one after the other, in a conversation that uses
// them all; whatever the core does then, nothing may be left and no rule be broken.
#include "machine.hpp"

namespace openbar::driver::test {
namespace {

// What a program does from opening to closing. Each step may fail; the next is tried all the same.
void converse(Machine& machine) {
    Handle handle(machine);
    if (!handle.is_open()) return;
    const auto object = [](const Answer& answer) {
        std::uint64_t id = 0;  // first in openbar_mapping and openbar_dma
        if (answer.bytes.size() >= sizeof id) std::memcpy(&id, answer.bytes.data(), sizeof id);
        return id;
    };
    const auto mapping = object(handle.map(0, 0, 0x8000, OPENBAR_WRITE_COMBINING));
    (void)handle.map(0, 0x1000, 8);
    (void)handle.program(std::vector<openbar_step>(20, write_step(0, 0, 4, 1)));
    (void)handle.program({read_step(7, 0, 4), step(OPENBAR_STEP_MASKED_WRITE, 1, 0, 4, 1, 1)});
    std::vector<std::uint8_t> bytes(64);
    (void)handle.bulk(false, {{}, 0, 4, 0, 0}, bytes);
    (void)handle.unmap(mapping);
    (void)handle.set(OPENBAR_IOCTL_BUS_MASTER, true);
    const auto buffer = object(handle.send(OPENBAR_IOCTL_ALLOCATE_DMA,
                                           openbar_allocate_dma{{}, 8192}, sizeof(openbar_dma)));
    (void)handle.send(OPENBAR_IOCTL_PIN_MEMORY, openbar_pin{{}, 0x20000, 9000, 1, 0},
                      sizeof(openbar_dma));
    const auto vector = handle.enable(0);
    if (vector.status == Status::ok) {
        (void)handle.wait(vector.as<openbar_object>().object);
        Irp& second = handle.wait(vector.as<openbar_object>().object);
        machine.kernel.fire(0);
        machine.kernel.cancel(second);
        (void)handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector.as<openbar_object>().object);
    }
    (void)handle.enable(0);
    (void)handle.on(OPENBAR_IOCTL_FREE_DMA, buffer);
    for (int i = 0; i < 20; ++i) (void)handle.map(0, 0, 4);  // the table grows
    machine.device->power_down();
    machine.device->power_up();
    (void)handle.set(OPENBAR_IOCTL_AWAKE, true);
    if (machine.device->query_stop() == Status::ok) machine.device->cancel_stop();
    machine.device->stop();
    (void)machine.start();
    (void)handle.map(0, 0, 4);
    (void)handle.reset();
    machine.device->surprise_remove();
}

class FailureOfCalls : public testing::TestWithParam<std::uint32_t> {};

TEST_P(FailureOfCalls, one_after_the_other_leaves_nothing_behind) {
    std::uint64_t calls = 0;
    for (std::uint64_t failing = 0; failing == 0 || failing <= calls; ++failing) {
        Machine machine({.messages = GetParam(), .start = false});
        machine.card.add_express(0x80);
        machine.kernel.kernel_facts.max_user_view = 0x2000;  // several pieces
        machine.kernel.fail_call = failing;
        if (machine.start() == Status::ok) converse(machine);
        if (failing == 0) calls = machine.kernel.calls;
        machine.device->remove();
        ASSERT_EQ(machine.kernel.violations(), "") << "call " << failing << " failed";
        ASSERT_EQ(machine.kernel.left(), "allocations: 1\n") << "call " << failing << " failed";
    }
    EXPECT_GT(calls, 150u) << "the conversation reaches the kernel";
}

INSTANTIATE_TEST_SUITE_P(WithLineAndMessages, FailureOfCalls, testing::Values(0u, 4u));

TEST(Failure, of_every_call_of_a_kind_leaves_nothing_behind) {
    for (const char* kind :
         {"allocate", "map_io", "map_user", "find_user_hole", "read_configuration",
          "write_configuration", "connect_interrupts", "make_cancellable", "allocate_common", "pin",
          "wake", "let_sleep", "direct_buffer"}) {
        Machine machine({.messages = 4});
        machine.kernel.fail_always = kind;
        converse(machine);
        machine.kernel.fail_always = "";
        machine.device->remove();
        ASSERT_EQ(machine.kernel.violations(), "") << kind;
        ASSERT_EQ(machine.kernel.left(), "allocations: 1\n") << kind;
    }
}

TEST(Failure, of_the_first_allocation_means_no_device) {
    PlainCard card;
    StandInKernel kernel(card);
    kernel.fail_call = 1;
    EXPECT_EQ(Device::create(kernel), nullptr);
    Device::destroy(nullptr);
    EXPECT_EQ(kernel.left(), "");
}

TEST(Failure, of_hardware_that_sends_a_message_it_does_not_have_is_ignored) {
    Machine machine({.messages = 2});
    EXPECT_FALSE(machine.device->interrupt(5));
    machine.device->deferred(5);
}

}  // namespace
}  // namespace openbar::driver::test
