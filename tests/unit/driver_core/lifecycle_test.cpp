// Opening, closing, process death, plug and play, power: in any order, everything goes back once.
#include "machine.hpp"

#include <array>
#include <thread>

namespace openbar::driver::test {
namespace {

/// A handle with one of everything.
struct Busy {
    explicit Busy(Machine& machine, StandInProcess* owner = nullptr) : handle(machine, owner) {
        mapping = handle.map(0, 0, 4096).as<openbar_mapping>().object;
        combining = handle.map(0, 0, 4096, OPENBAR_WRITE_COMBINING).as<openbar_mapping>().object;
        vector = handle.enable(0).as<openbar_object>().object;
        buffer = handle
                     .send(OPENBAR_IOCTL_ALLOCATE_DMA, openbar_allocate_dma{{}, 4096},
                           sizeof(openbar_dma))
                     .as<openbar_dma>()
                     .object;
        (void)handle.send(OPENBAR_IOCTL_PIN_MEMORY, openbar_pin{{}, 0x20000, 4096, 1, 0},
                          sizeof(openbar_dma));
        (void)handle.set(OPENBAR_IOCTL_BUS_MASTER, true);
        wait = &handle.wait(vector);
        (void)handle.program({read_step(0, 0, 4)});
    }
    Handle handle;
    std::uint64_t mapping, combining, vector, buffer;
    Irp* wait;
};

using Event = void (*)(Machine&, Busy&);

constexpr std::array<Event, 9> events = {
    [](Machine&, Busy& busy) { busy.handle.cleanup(); },
    [](Machine& machine, Busy& busy) { busy.handle.cleanup(&machine.other); },
    [](Machine& machine, Busy&) { machine.end_process(machine.user); },
    [](Machine& machine, Busy&) { machine.device->surprise_remove(); },
    [](Machine& machine, Busy&) { machine.device->stop(); },
    [](Machine& machine, Busy&) { machine.device->remove(); },
    [](Machine& machine, Busy&) { machine.device->power_down(); },
    [](Machine& machine, Busy&) { machine.device->power_up(); },
    [](Machine& machine, Busy& busy) { machine.kernel.cancel(*busy.wait); },
};

TEST(Lifecycle, events_in_any_order_of_three_give_everything_back_exactly_once) {
    for (std::size_t i = 0; i < events.size() * events.size() * events.size(); ++i) {
        Machine machine({.messages = 2});
        Busy busy(machine);
        events[i % events.size()](machine, busy);
        events[i / events.size() % events.size()](machine, busy);
        events[i / events.size() / events.size()](machine, busy);
        busy.handle.close(&machine.system);
        ASSERT_EQ(machine.kernel.user_views(), 0u) << i;
        ASSERT_EQ(busy.wait->completions, 1) << i;
        ASSERT_EQ(machine.kernel.violations(), "") << i;
    }
}

TEST(Lifecycle, requests_after_cleanup_find_the_handle_closed) {
    Machine machine;
    Handle handle(machine);
    handle.cleanup();
    EXPECT_EQ(handle.map(0, 0, 4).status, Status::closed);
    EXPECT_EQ(handle.program({read_step(0, 0, 4)}).status, Status::closed);
    EXPECT_EQ(machine.kernel.user_views(), 0u);
}

TEST(Lifecycle, close_without_cleanup_gives_everything_back) {
    Machine machine({.messages = 1});
    Session* session = nullptr;
    InProcess in(machine.user);
    ASSERT_EQ(machine.device->open(session, true), Status::ok);
    openbar_map map{{}, 0, 0, 0, 4096};
    openbar_prepare(&map.header, sizeof map);
    openbar_mapping out{};
    Request request{.code = OPENBAR_IOCTL_MAP,
                    .input = &map,
                    .input_length = sizeof map,
                    .output = &out,
                    .output_length = sizeof out};
    ASSERT_EQ(machine.device->control(*session, request), Status::ok);
    InProcess elsewhere(machine.system);
    machine.device->close(session);
    EXPECT_EQ(machine.kernel.user_views(), 0u);
}

TEST(Lifecycle, nobody_opens_a_device_that_an_inf_has_not_restricted) {
    Machine machine({.opens_are_restricted = false});
    for (const bool administrator : {false, true}) {
        machine.user.is_administrator = administrator;
        InProcess in(machine.user);
        Session* session = nullptr;
        EXPECT_EQ(machine.device->open(session, administrator), Status::policy);
        EXPECT_EQ(session, nullptr);
    }
    machine.device->stop();
    machine.settings.opens_are_restricted = true;
    ASSERT_EQ(machine.start(), Status::ok);
    EXPECT_TRUE(Handle(machine).is_open());
}

TEST(Lifecycle, nobody_opens_a_device_that_was_never_started) {
    Machine machine({.start = false});
    InProcess in(machine.user);
    Session* session = nullptr;
    EXPECT_EQ(machine.device->open(session, true), Status::policy);
}

TEST(Lifecycle, sixty_four_handles_are_the_limit) {
    Machine machine;
    std::list<Handle> handles;
    for (std::uint32_t i = 0; i < OPENBAR_MAX_SESSIONS; ++i)
        ASSERT_TRUE(handles.emplace_back(machine).is_open());
    EXPECT_FALSE(handles.emplace_back(machine).is_open());
    handles.front().close();
    EXPECT_TRUE(handles.emplace_back(machine).is_open());
}

TEST(Lifecycle, what_was_revoked_can_still_be_let_go_of) {
    Machine machine({.messages = 1});
    Busy busy(machine);
    machine.device->power_down();
    machine.device->power_up();
    EXPECT_EQ(busy.handle.unmap(busy.mapping), Status::ok);
    EXPECT_EQ(busy.handle.unmap(busy.mapping), Status::not_found);
    EXPECT_EQ(busy.handle.counters().revocations, 2u);
}

TEST(Power, nothing_reaches_the_device_while_it_sleeps) {
    Machine machine({.messages = 1});
    Busy busy(machine);
    machine.device->power_down();
    EXPECT_EQ(machine.kernel.user_views(), 1u) << "the DMA buffer, which is memory";
    EXPECT_EQ(busy.handle.program({read_step(0, 0, 4)}).status, Status::asleep);
    EXPECT_EQ(busy.handle.map(0, 0, 4).status, Status::asleep);
    EXPECT_EQ(machine.card.read_configuration(4, 2) & 4, 0u) << "DMA stopped";
    EXPECT_EQ(busy.wait->completions, 0) << "waits sleep with it";
    machine.device->power_up();
    EXPECT_NE(machine.card.read_configuration(4, 2) & 4, 0u);
    EXPECT_EQ(busy.handle.program({read_step(0, 0, 4)}).status, Status::ok);
    machine.kernel.fire(0);
    EXPECT_EQ(busy.wait->status, Status::ok);
}

TEST(Power, a_line_is_silenced_before_sleep_and_armed_again_after_it) {
    Machine machine;
    Handle handle(machine);
    ASSERT_EQ(handle.enable(0).status, Status::ok);
    machine.card.set_configuration(0x06, 2, 0x08);
    machine.device->power_down();
    EXPECT_NE(machine.card.read_configuration(4, 2) & 0x400, 0u) << "disabled in the device";
    EXPECT_FALSE(machine.kernel.interrupt(0)) << "and its routine is not called";
    machine.device->power_up();
    EXPECT_TRUE(machine.kernel.interrupt(0));
}

TEST(Power, an_interrupt_whose_deferred_call_did_not_come_before_sleep_is_not_lost) {
    for (const std::uint32_t messages : {0u, 2u}) {
        Machine machine({.messages = messages});
        Handle handle(machine);
        const auto vector = handle.enable(0).as<openbar_object>().object;
        Irp& irp = handle.wait(vector);
        machine.kernel.starved = true;
        if (messages == 0) machine.card.set_configuration(0x06, 1, 0x08);
        machine.kernel.fire(0);
        machine.card.set_configuration(0x06, 1, 0);
        ASSERT_EQ(irp.completions, 0);
        machine.device->power_down();
        machine.device->power_up();
        EXPECT_EQ(irp.completions, 1) << "nothing else may ever interrupt";
        EXPECT_EQ(irp.status, Status::ok);
    }
}

TEST(Power, a_handle_holds_its_device_awake_until_it_says_otherwise) {
    Machine machine;
    Handle handle(machine);
    const auto mapped = handle.map(0, 0, 4).as<openbar_mapping>();
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_AWAKE, false), Status::busy) << "it has a mapping";
    EXPECT_EQ(handle.unmap(mapped.object), Status::ok);
    {
        Handle neighbour(machine, &machine.other);
        EXPECT_EQ(handle.set(OPENBAR_IOCTL_AWAKE, false), Status::ok);
        EXPECT_FALSE(machine.kernel.asleep()) << "the neighbour holds it";
    }
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_AWAKE, false), Status::ok);
    EXPECT_TRUE(machine.kernel.asleep());
    EXPECT_EQ(handle.program({read_step(0, 0, 4)}).status, Status::asleep);
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_AWAKE, true), Status::ok);
    EXPECT_EQ(handle.program({read_step(0, 0, 4)}).status, Status::ok);
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_AWAKE, false), Status::ok);
    Handle waker(machine, &machine.other);
    EXPECT_FALSE(machine.kernel.asleep()) << "opening wakes it";
}

TEST(Power, a_device_that_cannot_be_woken_is_not_opened) {
    Machine machine;
    machine.device->power_down();
    machine.kernel.fail_always = "wake";
    EXPECT_FALSE(Handle(machine).is_open());
    machine.kernel.fail_always = "";
    EXPECT_TRUE(Handle(machine).is_open());
}

TEST(Power, the_last_handle_lets_it_sleep_only_if_the_administrator_says_so) {
    for (bool sleeps : {false, true}) {
        Machine machine({.start = false});
        machine.settings.sleep_when_closed = sleeps;
        ASSERT_EQ(machine.start(), Status::ok);
        { Handle handle(machine); }
        EXPECT_EQ(machine.kernel.asleep(), sleeps);
    }
}

TEST(Pnp, stopping_is_refused_while_anything_is_owned) {
    Machine machine;
    Handle handle(machine);
    const auto mapped = handle.map(0, 0, 4).as<openbar_mapping>();
    EXPECT_EQ(machine.device->query_stop(), Status::busy);
    EXPECT_EQ(handle.unmap(mapped.object), Status::ok);
    EXPECT_EQ(machine.device->query_stop(), Status::ok);
    EXPECT_EQ(handle.map(0, 0, 4).status, Status::paused);
    EXPECT_EQ(handle.program({read_step(0, 0, 4)}).status, Status::paused);
    machine.device->cancel_stop();
    EXPECT_EQ(handle.map(0, 0, 4).status, Status::ok);
}

TEST(Pnp, after_a_rebalance_the_handle_works_at_the_new_addresses) {
    Machine machine;
    Handle handle(machine);
    ASSERT_EQ(handle.program({write_step(0, 0x10, 4, 5)}).status, Status::ok);
    ASSERT_EQ(machine.device->query_stop(), Status::ok);
    machine.device->stop();
    EXPECT_EQ(handle.program({read_step(0, 0x10, 4)}).status, Status::asleep);
    machine.resources.ranges[0].raw = machine.resources.ranges[0].start = 0xd0000000;
    machine.card.set_configuration(0x10, 4, 0xd0000000);
    ASSERT_EQ(machine.start(), Status::ok);
    EXPECT_EQ(value_of(handle.program({read_step(0, 0x10, 4)}), 0), 5u);
    EXPECT_EQ(handle.map(0, 0, 4).status, Status::ok);
    EXPECT_EQ(machine.start(), Status::busy) << "started already";
}

TEST(Pnp, removal_is_refused_while_a_handle_is_open_unless_it_is_a_surprise) {
    Machine machine;
    Handle handle(machine);
    EXPECT_EQ(machine.device->query_remove(), Status::busy);
    machine.device->surprise_remove();
    EXPECT_EQ(handle.map(0, 0, 4).status, Status::removed);
    EXPECT_EQ(handle.program({read_step(0, 0, 4)}).status, Status::removed);
    EXPECT_EQ(
        handle.send(OPENBAR_IOCTL_DESCRIBE, openbar_header{}, sizeof(openbar_description)).status,
        Status::removed);
    EXPECT_FALSE(Handle(machine).is_open());
    EXPECT_EQ(machine.start(), Status::removed);
}

TEST(Pnp, a_surprise_removal_does_not_touch_the_device) {
    Machine machine({.messages = 1});
    Busy busy(machine);
    const std::uint32_t writes = machine.card.writes;
    const std::uint32_t command = machine.card.read_configuration(4, 2);
    machine.device->surprise_remove();
    EXPECT_EQ(machine.card.writes, writes);
    EXPECT_EQ(machine.card.read_configuration(4, 2), command);
    EXPECT_EQ(machine.kernel.left().find("kernel views"), std::string::npos);
    EXPECT_EQ(machine.kernel.user_views(), 0u);
}

TEST(Pnp, removal_in_the_middle_of_every_kind_of_request_waits_for_it_and_ends_it) {
    Machine machine;
    Handle handle(machine);
    std::thread remover;
    std::atomic<bool> removed{false};
    unsigned accesses = 0;
    machine.kernel.during_access = [&] {
        if (++accesses != 3) return;
        remover = std::thread([&] {
            machine.device->surprise_remove();
            removed = true;
        });
        while (accesses == 3 && !machine.kernel.somebody_wants_exclusive())
            std::this_thread::yield();
        EXPECT_FALSE(removed) << "while a program runs";
    };
    const auto answer = handle.program({poll_step(0x40, 1, 1, 900'000'000)});
    remover.join();
    ASSERT_EQ(answer.status, Status::ok);
    EXPECT_EQ(result_of(answer).status, static_cast<std::uint32_t>(OPENBAR_STATUS_CANCELLED));
    EXPECT_TRUE(removed);
    machine.kernel.during_access = nullptr;
}

TEST(Pnp, memory_of_the_machine_is_refused) {
    Machine machine({.start = false});
    machine.kernel.ram_start = 0xfe000000 + 0xffff;
    machine.kernel.ram_length = 1;
    EXPECT_EQ(machine.start(), Status::invalid);
    machine.kernel.ram_length = 0;
    EXPECT_EQ(machine.start(), Status::ok);
}

TEST(Pnp, ranges_that_are_empty_wrap_or_lie_beyond_the_ports_are_refused) {
    const auto started_with = [](ResourceRange range) {
        Machine machine({.start = false});
        machine.resources.kind = DeviceKind::fixed_resources;
        machine.kernel.has_configuration = false;
        machine.resources.range_count = 1;
        machine.resources.ranges[0] = range;
        return machine.start();
    };
    EXPECT_EQ(started_with({RangeKind::memory, false, 0, 0x1000, 0}), Status::invalid);
    EXPECT_EQ(started_with({RangeKind::memory, false, 0, UINT64_MAX, 2}), Status::invalid);
    EXPECT_EQ(started_with({RangeKind::port, false, 0, 0xfffc, 5}), Status::invalid);
    EXPECT_EQ(started_with({RangeKind::port, false, 0, 0xfffc, 4}), Status::ok);
}

TEST(Pnp, the_command_register_is_handed_on_as_it_was_found) {
    for (bool by_removal : {false, true}) {
        Machine machine;
        const auto command = [&] { return machine.card.read_configuration(4, 2); };
        { EXPECT_EQ(Handle(machine).enable(0).status, Status::ok); }
        EXPECT_EQ(command(), 0x0403u);
        by_removal ? machine.device->remove() : machine.device->stop();
        EXPECT_EQ(command(), 0x0007u) << "the next driver may not know the interrupt-disable bit";
    }
}

TEST(Pnp, a_function_that_asserts_its_line_is_handed_on_silent) {
    Machine machine;
    machine.card.set_configuration(0x06, 2, 0x08);
    machine.device->remove();
    EXPECT_EQ(machine.card.read_configuration(4, 2), 0x0407u) << "nobody would silence it";
}

TEST(Pnp, a_function_that_mastered_the_bus_is_handed_on_without_it) {
    Machine machine;
    { EXPECT_EQ(Handle(machine).set(OPENBAR_IOCTL_BUS_MASTER, true), Status::ok); }
    machine.device->remove();
    EXPECT_EQ(machine.card.read_configuration(4, 2), 0x0003u)
        << "it may still write to memory that it was given";
}

TEST(Pnp, a_pci_function_does_not_start_as_a_fixed_device) {
    Machine machine({.start = false});
    machine.resources.kind = DeviceKind::fixed_resources;
    EXPECT_EQ(machine.start(), Status::unsupported) << "its configuration space can be read";
    machine.kernel.has_configuration = false;
    EXPECT_EQ(machine.start(), Status::ok);
}

TEST(Pnp, ranges_without_a_configuration_space_do_not_start_as_a_pci_function) {
    Machine machine({.start = false});
    machine.kernel.has_configuration = false;
    EXPECT_EQ(machine.start(), Status::device);
}

TEST(Pnp, a_virtual_function_starts_where_a_hypervisor_gives_it_ids) {
    for (const bool has_ids : {false, true}) {
        Machine machine({.messages = 2, .start = false});
        machine.kernel.worst.set(worst_case::Switch::virtual_function);
        // As the specification of SR-IOV has them: the ids are those of its physical function.
        if (!has_ids) machine.card.set_configuration(0x00, 4, 0xffffffff);
        ASSERT_EQ(machine.start(), has_ids ? Status::ok : Status::device);
        if (!has_ids) continue;
        Handle handle(machine);
        EXPECT_EQ(handle
                      .program({read_step(0, 0, 4), read_step(OPENBAR_REGION_CONFIGURATION, 0, 4),
                                step(OPENBAR_STEP_MASKED_WRITE, 0, 0, 4, 1, 1)})
                      .status,
                  Status::ok);
        EXPECT_EQ(handle.enable(0).status, Status::ok);
        EXPECT_EQ(machine.kernel.violations(), "");
    }
}

TEST(Pnp, a_device_without_resources_starts_and_has_nothing) {
    Machine machine({.start = false});
    machine.resources.range_count = 0;
    machine.resources.line_interrupt = false;
    machine.kernel.fail_always = "read_configuration";
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    const auto told = handle.describe();
    EXPECT_EQ(told.capabilities & (OPENBAR_CAN_MAP | OPENBAR_CAN_WAIT | OPENBAR_IS_PCI), 0u);
    EXPECT_EQ(told.regions[7].kind, OPENBAR_REGION_ABSENT);
    machine.kernel.fail_always = "";
}

}  // namespace
}  // namespace openbar::driver::test
