// Memory for the device: behind the administrator's switch, and given back only once the bus
// master has been stopped.
#include "machine.hpp"

namespace openbar::driver::test {
namespace {

Answer allocate(Handle& handle, std::uint64_t length) {
    return handle.send(OPENBAR_IOCTL_ALLOCATE_DMA, openbar_allocate_dma{{}, length},
                       sizeof(openbar_dma));
}

Answer pin(Handle& handle, std::uint64_t address, std::uint64_t length) {
    return handle.send(OPENBAR_IOCTL_PIN_MEMORY, openbar_pin{{}, address, length, 1, 0},
                       sizeof(openbar_dma));
}

TEST(Dma, a_buffer_is_cleared_mapped_and_has_an_address_from_the_adapter) {
    Machine machine;
    Handle handle(machine);
    const auto buffer = allocate(handle, 5000).as<openbar_dma>();
    EXPECT_EQ(buffer.length, 5000u);
    EXPECT_EQ(buffer.segment_count, 1u);
    const std::uint8_t* memory = machine.kernel.memory_at(buffer.iova, 8192);
    ASSERT_NE(memory, nullptr);
    for (int i = 0; i < 8192; ++i) ASSERT_EQ(memory[i], 0) << "another's bytes";
    EXPECT_EQ(handle.counters().dma_bytes_now, 8192u);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_FREE_DMA, buffer.object), Status::ok);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_FREE_DMA, buffer.object), Status::not_found);
}

TEST(Dma, is_off_unless_the_administrator_has_switched_it_on) {
    for (std::uint32_t policy : {OPENBAR_DMA_OFF + 0u, OPENBAR_DMA_MESSAGES + 0u, 77u}) {
        Machine machine({.dma_policy = policy});
        Handle handle(machine);
        EXPECT_EQ(allocate(handle, 4096).status, Status::policy);
        EXPECT_EQ(pin(handle, 0x10000, 4096).status, Status::policy);
        EXPECT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, true), Status::policy);
        EXPECT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, false), Status::ok) << "it is off";
        EXPECT_EQ(machine.card.read_configuration(4, 2) & 4, 0u);
        const auto told = handle.describe();
        EXPECT_EQ(told.capabilities & (OPENBAR_CAN_DMA | OPENBAR_CAN_MASTER_BUS), 0u);
    }
}

TEST(Dma, lengths_have_limits_and_their_sum_has_one) {
    Machine machine;
    Handle handle(machine);
    EXPECT_EQ(allocate(handle, 0).status, Status::invalid);
    EXPECT_EQ(allocate(handle, UINT64_MAX).status, Status::limit);
    EXPECT_EQ(allocate(handle, OPENBAR_MAX_DMA_BUFFER + 1).status, Status::limit);
    EXPECT_EQ(pin(handle, 0x1000, 0).status, Status::invalid);
    EXPECT_EQ(pin(handle, UINT64_MAX - 10, 4096).status, Status::range);
    EXPECT_EQ(pin(handle, 0x1000, UINT64_MAX).status, Status::limit);
    EXPECT_EQ(allocate(handle, 1 << 20).status, Status::ok);
    EXPECT_EQ(allocate(handle, 1).status, Status::limit);
    EXPECT_EQ(pin(handle, 0x10000, 1).status, Status::limit);
}

TEST(Dma, memory_that_is_not_the_callers_is_not_pinned) {
    Machine machine;
    Handle handle(machine);
    EXPECT_EQ(pin(handle, 0, 4096).status, Status::fault);
    EXPECT_EQ(handle.counters().pinned_bytes_now, 0u);
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_CLAIM, true), Status::ok);
}

TEST(Dma, memory_beyond_what_a_program_can_have_is_not_pinned) {
    Machine machine;
    machine.kernel.kernel_facts.highest_user_address = 0x7ffeffff;  // a 32-bit kernel's
    Handle handle(machine);
    EXPECT_EQ(pin(handle, 0x7ffef000, 4096).status, Status::ok);
    EXPECT_EQ(pin(handle, 0x7ffef000, 4097).status, Status::fault);
    EXPECT_EQ(pin(handle, 0x1'0001'0000, 4096).status, Status::fault) << "not 0x10000";
}

TEST(Dma, more_than_one_memory_list_of_the_kernel_describes_is_not_pinned) {
    Machine machine;
    machine.kernel.kernel_facts.max_user_view = 0x10000;
    Handle handle(machine);
    EXPECT_EQ(pin(handle, 0x20000, 0x10000).status, Status::ok);
    EXPECT_EQ(pin(handle, 0x20000, 0x10001).status, Status::limit);
}

Answer pin_with(Handle& handle, std::uint32_t flags) {
    return handle.send(OPENBAR_IOCTL_PIN_MEMORY, openbar_pin{{}, 0x20000, 4096, 1, flags},
                       sizeof(openbar_dma));
}

TEST(Dma, copies_are_accepted_only_by_a_program_that_knows_of_them) {
    Machine machine;
    machine.kernel.worst.set(worst_case::Switch::pages_bounced);
    Handle handle(machine);
    EXPECT_EQ(pin_with(handle, 0).status, Status::unsupported);
    const auto pinned = pin_with(handle, OPENBAR_PIN_MAY_COPY).as<openbar_dma>();
    EXPECT_EQ(pinned.flags, std::uint32_t{OPENBAR_DMA_COPIED});
    EXPECT_EQ(pin_with(handle, 2).status, Status::invalid);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_FREE_DMA, pinned.object), Status::ok);
}

TEST(Dma, addresses_that_are_not_physical_are_as_good_as_others) {
    Machine machine;
    machine.kernel.worst.set(worst_case::Switch::addresses_remapped);
    Handle handle(machine);
    const auto pinned = pin_with(handle, 0).as<openbar_dma>();
    EXPECT_EQ(pinned.flags, 0u);
    EXPECT_NE(pinned.iova, 0x20000u);
}

TEST(Dma, is_called_isolated_only_where_that_is_proven) {
    for (const bool proven : {false, true})
        for (const bool remapped : {false, true}) {
            Machine machine({.dma_policy = OPENBAR_DMA_ON, .start = false});
            machine.kernel.worst.set(worst_case::Switch::addresses_remapped, remapped);
            machine.resources.dma_isolated = proven;
            ASSERT_EQ(machine.start(), Status::ok);
            Handle handle(machine);
            EXPECT_EQ((handle.describe().capabilities & OPENBAR_DMA_IS_ISOLATED) != 0, proven)
                << "the policy and the addresses prove nothing";
        }
}

TEST(Dma, does_not_wait_for_map_registers) {
    Machine machine;
    machine.kernel.worst.set(worst_case::Switch::registers_after_others);
    Handle handle(machine);
    const auto first = pin_with(handle, 0).as<openbar_dma>();
    EXPECT_EQ(pin_with(handle, 0).status, Status::no_memory);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_FREE_DMA, first.object), Status::ok);
    EXPECT_EQ(pin_with(handle, 0).status, Status::ok);
}

TEST(Dma, segments_are_told_a_page_of_them_at_a_time) {
    Machine machine;
    Handle handle(machine);
    const auto pinned = pin(handle, 0x10800, 100 * 4096).as<openbar_dma>();
    EXPECT_EQ(pinned.segment_count, 101u);
    EXPECT_EQ(pinned.iova, 0x10800u);
    openbar_dma_query query{{}, pinned.object, 0, 0};
    std::uint64_t total = 0;
    while (query.first < pinned.segment_count) {
        const auto told =
            handle.send(OPENBAR_IOCTL_DMA_SEGMENTS, query, sizeof(openbar_dma_segments))
                .as<openbar_dma_segments>();
        ASSERT_NE(told.count, 0u);
        EXPECT_EQ(told.total, 101u);
        for (std::uint32_t i = 0; i < told.count; ++i) total += told.segments[i].length;
        query.first += told.count;
    }
    EXPECT_EQ(total, 100u * 4096);
    EXPECT_EQ(handle.send(OPENBAR_IOCTL_DMA_SEGMENTS, query, sizeof(openbar_dma_segments)).status,
              Status::range);
    query.object = 1;
    EXPECT_EQ(handle.send(OPENBAR_IOCTL_DMA_SEGMENTS, query, sizeof(openbar_dma_segments)).status,
              Status::not_found);
}

TEST(Dma, the_bus_belongs_to_one_handle) {
    Machine machine;
    Handle handle(machine);
    Handle neighbour(machine, &machine.other);
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, true), Status::ok);
    EXPECT_NE(machine.card.read_configuration(4, 2) & 4, 0u);
    EXPECT_EQ(neighbour.set(OPENBAR_IOCTL_BUS_MASTER, true), Status::busy);
    EXPECT_EQ(neighbour.set(OPENBAR_IOCTL_BUS_MASTER, false), Status::busy);
    EXPECT_EQ(allocate(neighbour, 4096).status, Status::busy);
    EXPECT_EQ(neighbour.set(OPENBAR_IOCTL_CLAIM, true), Status::busy);
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, false), Status::ok);
    EXPECT_EQ(machine.card.read_configuration(4, 2) & 4, 0u);
    EXPECT_EQ(neighbour.set(OPENBAR_IOCTL_CLAIM, true), Status::ok);
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, true), Status::busy);
    EXPECT_EQ(neighbour.set(OPENBAR_IOCTL_CLAIM, false), Status::ok);
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, true), Status::ok);
}

TEST(Dma, the_bus_is_stopped_before_the_memory_goes_back) {
    Machine machine;
    Handle handle(machine);
    ASSERT_EQ(allocate(handle, 4096).status, Status::ok);
    ASSERT_EQ(pin(handle, 0x20000, 4096).status, Status::ok);
    ASSERT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, true), Status::ok);
    bool stopped_first = true;
    machine.kernel.before_free = [&] {
        stopped_first = stopped_first && (machine.card.read_configuration(4, 2) & 4) == 0;
    };
    handle.cleanup();
    EXPECT_TRUE(stopped_first);
    machine.kernel.before_free = nullptr;
    EXPECT_EQ(machine.card.read_configuration(4, 2) & 4, 0u);
}

TEST(Dma, pinned_memory_of_a_process_that_ends_is_unlocked_before_it_has) {
    Machine machine;
    Handle handle(machine);
    ASSERT_EQ(pin(handle, 0x20000, 4096).status, Status::ok);
    ASSERT_EQ(handle.map(0, 0, 4).status, Status::ok);
    // The handle lives on, duplicated into another process.
    machine.end_process(machine.user);
    EXPECT_EQ(machine.kernel.user_views(), 0u);
    EXPECT_EQ(machine.device->control(handle.session(), *std::make_unique<Request>()),
              Status::not_owner);
    handle.close(&machine.other);
}

TEST(Dma, a_fixed_resource_device_has_no_bus_to_master) {
    Machine machine({.start = false});
    machine.resources.kind = DeviceKind::fixed_resources;
    machine.kernel.has_configuration = false;
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    EXPECT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, true), Status::unsupported);
    EXPECT_EQ(handle.reset(), Status::unsupported);
    EXPECT_EQ(handle.program({read_step(OPENBAR_REGION_CONFIGURATION, 0, 4)}).status,
              Status::not_found);
    EXPECT_EQ(handle.describe().capabilities & OPENBAR_IS_PCI, 0u);
    EXPECT_EQ(handle.program({read_step(2, 0, 4)}).status, Status::ok);
    EXPECT_EQ(handle.enable(0).status, Status::unsupported) << "nothing silences the line";
}

}  // namespace
}  // namespace openbar::driver::test
