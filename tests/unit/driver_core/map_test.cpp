#include "machine.hpp"

namespace openbar::driver::test {
namespace {

constexpr std::uint64_t page = 4096;

TEST(Map, whole_pages_are_mapped_and_the_offset_within_the_page_is_told) {
    Machine machine;
    Handle handle(machine);
    const auto mapped = handle.map(0, 0x1234, 8).as<openbar_mapping>();
    EXPECT_EQ(mapped.address % page, 0x234u);
    EXPECT_EQ(mapped.page_offset, 0x234u);
    EXPECT_EQ(mapped.length, 8u);
    EXPECT_EQ(handle.unmap(mapped.object), Status::ok);
    EXPECT_EQ(machine.kernel.user_views(), 0u);
}

TEST(Map, parts_that_leave_the_region_or_wrap_are_refused) {
    Machine machine;
    Handle handle(machine);
    const std::uint64_t size = 64 * 1024;
    EXPECT_EQ(handle.map(0, 0, size + 1).status, Status::range);
    EXPECT_EQ(handle.map(0, size, 1).status, Status::range);
    EXPECT_EQ(handle.map(0, 1, size).status, Status::range);
    EXPECT_EQ(handle.map(0, 0, 0).status, Status::range);
    EXPECT_EQ(handle.map(0, UINT64_MAX, 1).status, Status::range);
    EXPECT_EQ(handle.map(0, UINT64_MAX - 4095, 4097).status, Status::range);
    EXPECT_EQ(handle.map(0, 8, UINT64_MAX).status, Status::range);
    EXPECT_EQ(handle.map(0, 0, UINT64_MAX).status, Status::range);
    EXPECT_EQ(machine.kernel.user_views(), 0u);
}

TEST(Map, regions_that_cannot_be_mapped_are_refused_with_their_reason) {
    Machine machine;
    Handle handle(machine);
    EXPECT_EQ(handle.map(1, 0, 4).status, Status::protected_bytes) << "smaller than a page";
    EXPECT_EQ(handle.map(2, 0, 4).status, Status::unsupported) << "ports";
    EXPECT_EQ(handle.map(7, 0, 4).status, Status::unsupported) << "configuration space";
    EXPECT_EQ(handle.map(3, 0, 4).status, Status::not_found);
    EXPECT_EQ(handle.map(8, 0, 4).status, Status::not_found);
    EXPECT_EQ(handle.map(UINT32_MAX, 0, 4).status, Status::not_found);
    EXPECT_EQ(handle.map(0, 0, 4, 3).status, Status::invalid);
}

TEST(Map, the_page_of_the_msix_table_is_never_mapped) {
    Machine machine({.messages = 4, .start = false});
    machine.card.add_msix(0x40, 4, 0, 0x3010);
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    EXPECT_EQ(handle.map(0, 0, 0x3000).status, Status::ok);
    EXPECT_EQ(handle.map(0, 0x4000, 0xc000).status, Status::ok);
    EXPECT_EQ(handle.map(0, 0x3000, 4).status, Status::protected_bytes);
    EXPECT_EQ(handle.map(0, 0x3ffc, 4).status, Status::protected_bytes);
    EXPECT_EQ(handle.map(0, 0x2ffc, 8).status, Status::protected_bytes);
    EXPECT_EQ(handle.map(0, 0, 64 * 1024).status, Status::protected_bytes);
    const auto told = handle.describe().regions[0];
    EXPECT_EQ(told.mappable_count, 2);
    EXPECT_EQ(told.mappable[0].length, 0x3000u);
    EXPECT_EQ(told.mappable[1].offset, 0x4000u);
    EXPECT_NE(told.flags & OPENBAR_REGION_HOLDS_MSIX_TABLE, 0u);
}

TEST(Map, an_msix_table_that_spans_pages_closes_all_of_them) {
    Machine machine({.messages = 4, .start = false});
    machine.card.add_msix(0x40, 600, 0, 0x0ff0);  // to 0x3570
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    EXPECT_EQ(handle.map(0, 0, 4).status, Status::protected_bytes);
    EXPECT_EQ(handle.map(0, 0x3000, 4).status, Status::protected_bytes);
    EXPECT_EQ(handle.map(0, 0x4000, 4).status, Status::ok);
}

TEST(Map, a_fixed_range_that_begins_within_a_page_offers_only_its_whole_pages) {
    Machine machine({.start = false});
    machine.resources.kind = DeviceKind::fixed_resources;
    machine.kernel.has_configuration = false;
    machine.resources.range_count = 1;
    machine.resources.ranges[0] = {RangeKind::memory, false, 0xd0800, 0xd0800, 0x3000};
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    EXPECT_EQ(handle.map(0, 0, 4).status, Status::protected_bytes);
    EXPECT_EQ(handle.map(0, 0x2800, 4).status, Status::protected_bytes);
    const auto mapped = handle.map(0, 0x900, 4).as<openbar_mapping>();
    EXPECT_EQ(mapped.page_offset, 0x100u);
    EXPECT_EQ(mapped.address % page, 0x100u);
}

TEST(Map, overlapping_mappings_are_independent) {
    Machine machine;
    Handle handle(machine);
    const auto first = handle.map(0, 0, 0x2000).as<openbar_mapping>();
    const auto second = handle.map(0, 0x1000, 0x2000).as<openbar_mapping>();
    EXPECT_NE(first.object, second.object);
    EXPECT_EQ(handle.unmap(first.object), Status::ok);
    EXPECT_EQ(machine.kernel.user_views(), 1u);
    EXPECT_EQ(handle.unmap(second.object), Status::ok);
}

TEST(Map, ten_thousand_mappings_end_at_the_documented_limit) {
    Machine machine;
    Handle handle(machine);
    std::vector<std::uint64_t> objects;
    unsigned refused = 0;
    for (unsigned i = 0; i < 10000; ++i) {
        const auto answer = handle.map(0, 0, 4);
        if (answer.status == Status::ok)
            objects.push_back(answer.as<openbar_mapping>().object);
        else if (answer.status == Status::limit)
            ++refused;
    }
    EXPECT_EQ(objects.size(), static_cast<std::size_t>(OPENBAR_MAX_OBJECTS));
    EXPECT_EQ(refused, 10000u - OPENBAR_MAX_OBJECTS);
    EXPECT_EQ(handle.unmap(objects[500]), Status::ok);
    EXPECT_EQ(handle.map(0, 0, 4).status, Status::ok) << "a free slot can be used again";
}

TEST(Map, an_id_is_never_used_again_and_belongs_to_one_handle) {
    Machine machine;
    Handle handle(machine);
    Handle neighbour(machine, &machine.other);
    const auto mine = handle.map(0, 0, 4).as<openbar_mapping>();
    const auto theirs = neighbour.map(0, 0, 4).as<openbar_mapping>();
    EXPECT_NE(mine.object, theirs.object);
    EXPECT_EQ(handle.unmap(theirs.object), Status::not_found);
    EXPECT_EQ(handle.unmap(mine.object), Status::ok);
    EXPECT_EQ(handle.unmap(mine.object), Status::not_found);
    const auto again = handle.map(0, 0, 4).as<openbar_mapping>();
    EXPECT_NE(again.object, mine.object);
    EXPECT_EQ(handle.unmap(mine.object), Status::not_found);
    for (std::uint64_t id : {std::uint64_t{0}, std::uint64_t{1} << 63, UINT64_MAX})
        EXPECT_EQ(handle.unmap(id), Status::not_found);
    EXPECT_EQ(handle.on(OPENBAR_IOCTL_FREE_DMA, again.object), Status::not_found)
        << "a mapping is no DMA buffer";
}

TEST(Map, a_large_region_is_mapped_in_pieces_that_follow_each_other) {
    Machine machine({.bar_size = 64 << 20});
    machine.kernel.kernel_facts.max_user_view = 16 << 20;
    Handle handle(machine);
    const auto mapped = handle.map(0, 0, 64 << 20).as<openbar_mapping>();
    ASSERT_EQ(machine.kernel.placed.size(), 4u);
    for (unsigned i = 0; i < 4; ++i)
        EXPECT_EQ(machine.kernel.placed[i].first, mapped.address + i * (16u << 20));
    EXPECT_EQ(handle.unmap(mapped.object), Status::ok);
    EXPECT_EQ(machine.kernel.user_views(), 0u);
    EXPECT_EQ(machine.kernel.kernel_views(), 0u);
}

TEST(Map, more_pieces_than_the_limit_are_refused) {
    Machine machine({.bar_size = 65 << 20});
    machine.kernel.kernel_facts.max_user_view = 1 << 20;
    Handle handle(machine);
    EXPECT_EQ(handle.map(0, 0, 65 << 20).status, Status::limit);
    EXPECT_EQ(handle.map(0, 0, 64 << 20).status, Status::ok);
}

TEST(Map, a_hole_that_somebody_fills_meanwhile_is_looked_for_again) {
    Machine machine({.bar_size = 4 << 20});
    machine.kernel.kernel_facts.max_user_view = 1 << 20;
    Handle handle(machine);
    unsigned attempt = 0;
    machine.kernel.before_map = [&] {
        // The third piece of the first attempt finds its place taken.
        machine.kernel.fail_always = ++attempt == 3 ? "map_user" : "";
    };
    EXPECT_EQ(handle.map(0, 0, 4 << 20).status, Status::ok);
    EXPECT_EQ(attempt, 7u);
    machine.kernel.before_map = nullptr;
    machine.kernel.fail_always = "map_user";
    EXPECT_EQ(handle.map(0, 0, 4 << 20).status, Status::no_addresses);
    machine.kernel.fail_always = "";
}

TEST(Map, one_region_has_one_memory_type_which_the_first_mapping_decides) {
    Machine machine;
    Handle handle(machine);
    const auto combining = handle.map(0, 0, 4, OPENBAR_WRITE_COMBINING).as<openbar_mapping>();
    EXPECT_EQ(combining.memory_type, static_cast<std::uint32_t>(OPENBAR_WRITE_COMBINING));
    const auto uncached = handle.map(0, 0, 4, OPENBAR_UNCACHED).as<openbar_mapping>();
    EXPECT_EQ(uncached.memory_type, static_cast<std::uint32_t>(OPENBAR_WRITE_COMBINING))
        << "asked for uncached, told what was granted";
    EXPECT_EQ(handle.describe().regions[0].memory_type, OPENBAR_WRITE_COMBINING);
    EXPECT_EQ(handle.program({read_step(0, 0, 4)}).status, Status::ok);
    EXPECT_EQ(handle.unmap(combining.object), Status::ok);
    EXPECT_EQ(handle.unmap(uncached.object), Status::ok);
    const auto fresh = handle.map(0, 0, 4, OPENBAR_UNCACHED).as<openbar_mapping>();
    EXPECT_EQ(fresh.memory_type, static_cast<std::uint32_t>(OPENBAR_UNCACHED));
    EXPECT_EQ(machine.kernel.last_io_type, MemoryType::uncached);
}

TEST(Map, write_combining_is_granted_only_where_the_region_is_prefetchable) {
    Machine machine({.prefetchable = false});
    Handle handle(machine);
    EXPECT_EQ(handle.map(0, 0, 4, OPENBAR_WRITE_COMBINING).as<openbar_mapping>().memory_type,
              static_cast<std::uint32_t>(OPENBAR_UNCACHED));
    EXPECT_EQ(handle.map(0, 0, 4, OPENBAR_CACHED).as<openbar_mapping>().memory_type,
              static_cast<std::uint32_t>(OPENBAR_UNCACHED));
}

TEST(Map, a_region_that_is_not_decoded_is_not_mapped) {
    Machine machine({.start = false});
    machine.card.set_configuration(0x04, 2, 0x0001);  // ports only
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    EXPECT_EQ(handle.map(0, 0, 4).status, Status::asleep);
    EXPECT_EQ(handle.program({read_step(0, 0, 4)}).status, Status::asleep);
    EXPECT_EQ(handle.program({read_step(2, 0, 4)}).status, Status::ok);
}

}  // namespace
}  // namespace openbar::driver::test
