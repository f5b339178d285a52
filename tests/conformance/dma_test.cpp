// DMA: what the device writes into memory and reads from it by itself.
//
// edu copies between its own buffer and memory: at most 4,095 bytes at a time (QEMU 7.2 ends at
// 4,096), at addresses of 28 bits, 100 ms each.
#include "dma_under_test.hpp"
#include "system.hpp"

#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace openbar::conformance {
namespace {

TEST_F(Dma, brings_back_what_the_device_was_given) {
    OPENBAR_NEEDS(dma);
    const auto buffer = device->allocate_dma(3 * 4096, {.highest_address = reach});
    ASSERT_TRUE(buffer) << buffer.error().message();
    ASSERT_EQ(buffer->size(), 3u * 4096);
    EXPECT_TRUE(holds_only_zeros(buffer->span()));
    const auto source = buffer->span().first(most_at_a_time);
    const auto target = buffer->span().subspan(2 * 4096, most_at_a_time);
    fill_with_noise(source, 1);
    device_reads(*buffer, 0, most_at_a_time);
    device_writes(*buffer, 2 * 4096, most_at_a_time);
    EXPECT_TRUE(std::ranges::equal(source, target));
    EXPECT_TRUE(holds_only_zeros(buffer->span().subspan(4096, 4096))) << "and nothing else";
}

TEST_F(Dma, of_any_size_and_offset_is_exact) {
    OPENBAR_NEEDS(dma);
    const auto buffer = device->allocate_dma(16 * 4096, {.highest_address = reach});
    ASSERT_TRUE(buffer) << buffer.error().message();
    std::minstd_rand random(7);
    for (int round = 0; round < 12; ++round) {
        fill_with_noise(buffer->span(), static_cast<unsigned>(round) + 100);
        std::vector<std::byte> expected(buffer->span().begin(), buffer->span().end());
        const std::size_t size = 1 + random() % most_at_a_time;
        const std::size_t from = random() % (buffer->size() - size);
        const std::size_t to = random() % (buffer->size() - size);
        std::copy_n(buffer->span().begin() + static_cast<std::ptrdiff_t>(from), size,
                    expected.begin() + static_cast<std::ptrdiff_t>(to));
        device_reads(*buffer, from, size);
        device_writes(*buffer, to, size);
        ASSERT_TRUE(std::ranges::equal(buffer->span(), expected))
            << size << " bytes from " << from << " to " << to;
    }
}

struct Descriptor {
    std::uint64_t address;
    std::uint32_t length;
    std::uint32_t flags;
};

TEST_F(Dma, memory_is_seen_as_values_where_they_lie) {
    OPENBAR_NEEDS(dma);
    const auto buffer = device->allocate_dma(2 * 4096, {.highest_address = reach});
    ASSERT_TRUE(buffer) << buffer.error().message();
    const auto ring = buffer->as<Descriptor>(4096, 256);
    EXPECT_EQ(std::as_writable_bytes(ring).data(), buffer->span().data() + 4096);
    EXPECT_EQ(ring.size_bytes(), 4096u);
    ring.back() = {.address = 0x1234, .length = 0x89abcdef, .flags = 7};
    EXPECT_EQ(buffer->as<const std::uint32_t>(2 * 4096 - 8, 1)[0], 0x89abcdefu);
    EXPECT_EQ((buffer->as<volatile std::uint8_t>(2 * 4096 - 4, 4)[0]), 7u);
    device_reads(*buffer, 2 * 4096 - 16, 16);
    device_writes(*buffer, 0, 16);
    EXPECT_EQ(buffer->as<Descriptor>(0, 1)[0].address, 0x1234u);
    EXPECT_TRUE(buffer->as<Descriptor>(buffer->size(), 0).empty());
}

/// The error of a view that is refused.
template <typename T>
Error refused_view(const DmaMemory& memory, std::size_t offset, std::size_t count) {
    try {
        static_cast<void>(memory.as<T>(offset, count));
    } catch (const Exception& exception) {
        return exception.error();
    }
    ADD_FAILURE() << offset << ", " << count << " is not refused";
    return {};
}

TEST_F(Dma, values_that_the_memory_does_not_hold_are_refused) {
    OPENBAR_NEEDS(dma);
    const auto buffer = device->allocate_dma(4096, {.highest_address = reach});
    ASSERT_TRUE(buffer) << buffer.error().message();
    const auto huge = std::numeric_limits<std::size_t>::max();
    for (const auto& [offset, count] : {std::pair<std::size_t, std::size_t>{0, 257},
                                        {16, 256},
                                        {4096, 1},
                                        {4112, 0},
                                        {0, huge},
                                        {0, huge / 16 + 2},
                                        {huge, 0},
                                        {huge - 15, 1},
                                        {huge - 15, huge}})
        EXPECT_EQ(refused_view<Descriptor>(*buffer, offset, count).code, ErrorCode::out_of_range)
            << offset << ", " << count;
    EXPECT_EQ(refused_view<Descriptor>(*buffer, 4, 1).code, ErrorCode::misaligned);
    EXPECT_EQ(refused_view<std::uint16_t>(*buffer, 1, 0).code, ErrorCode::misaligned);
    const Error error = refused_view<Descriptor>(*buffer, 16, 256);
    EXPECT_EQ(error.attempted, "see 256 values of 0x10 bytes at offset 0x10 of DMA memory");
    EXPECT_EQ(error.cause, "the memory has 0x1000 bytes, which is enough for 255 values there");
}

TEST_F(Dma, pinned_memory_that_starts_at_an_odd_address_is_seen_as_bytes_only) {
    OPENBAR_NEEDS(dma);
    const auto pages = allocate_pages(2 * 4096);
    {
        const auto pinned = device->pin(pages.subspan(1, 100), {.highest_address = reach});
        if (pinned) {
            EXPECT_EQ(refused_view<std::uint16_t>(*pinned, 0, 1).code, ErrorCode::misaligned);
            EXPECT_EQ(pinned->as<std::uint16_t>(1, 49).size(), 49u);
            EXPECT_EQ(refused_view<std::uint16_t>(*pinned, 1, 50).code, ErrorCode::out_of_range);
            EXPECT_EQ(pinned->as<std::uint8_t>(0, 100).data(),
                      reinterpret_cast<std::uint8_t*>(pages.data() + 1));
        } else {
            EXPECT_EQ(pinned.error().code, ErrorCode::unsupported)
                << "only uio pins huge pages only";
        }
    }
    free_pages(pages);
}

template <typename T>
concept CanBeSeen = requires(const DmaBuffer& memory) {
    memory.as<T>(0, 1);
};
static_assert(CanBeSeen<Descriptor> && CanBeSeen<volatile std::uint32_t> &&
              CanBeSeen<const std::uint8_t[4]>);
static_assert(!CanBeSeen<std::vector<int>> && !CanBeSeen<std::string> && !CanBeSeen<int&>);

TEST_F(Dma, buffers_lie_where_the_constraints_say) {
    OPENBAR_NEEDS(dma);
    for (const std::uint64_t alignment : {1ull, 8ull, 4096ull, 65536ull, 1ull << 20}) {
        const auto buffer =
            device->allocate_dma(5000, {.alignment = alignment, .highest_address = reach});
        ASSERT_TRUE(buffer) << buffer.error().message();
        EXPECT_EQ(buffer->iova() % alignment, 0u);
        EXPECT_NE(buffer->iova(), 0u);
        EXPECT_LE(buffer->iova() + 4999, reach);
        EXPECT_EQ(buffer->segments(), (std::vector<DmaSegment>{{buffer->iova(), 5000}}));
    }
}

TEST_F(Dma, buffers_that_make_no_sense_are_refused) {
    OPENBAR_NEEDS(dma);
    EXPECT_EQ(device->allocate_dma(0).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(device->allocate_dma(UINT64_MAX).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(device->allocate_dma(UINT64_MAX - 4095).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(device->allocate_dma(1ull << 60).error().code, ErrorCode::resource_exhausted);
    for (const std::uint64_t alignment : {0ull, 3ull, 4097ull, ~0ull})
        EXPECT_EQ(device->allocate_dma(64, {.alignment = alignment}).error().code,
                  ErrorCode::invalid_argument);
    EXPECT_EQ(device->allocate_dma(8192, {.highest_address = 4095}).error().code,
              ErrorCode::out_of_range);
    EXPECT_EQ(device->allocate_dma(4096, {.highest_address = 4095}).error().code,
              ErrorCode::resource_exhausted)
        << "address 0 is never given";
}

TEST_F(Dma, buffers_outlive_the_device_object) {
    OPENBAR_NEEDS(dma);
    const auto buffer = device->allocate_dma(8192, {.highest_address = reach});
    ASSERT_TRUE(buffer) << buffer.error().message();
    device.reset();
    fill_with_noise(buffer->span().first(100), 3);
    device_reads(*buffer, 0, 100);
    device_writes(*buffer, 4096, 100);
    EXPECT_TRUE(std::ranges::equal(buffer->span().first(100), buffer->span().subspan(4096, 100)));
}

TEST_F(Dma, buffers_stay_within_reach_over_a_reset) {
    OPENBAR_NEEDS(dma);
    OPENBAR_NEEDS(reset);
    const auto buffer = device->allocate_dma(8192, {.highest_address = reach});
    ASSERT_TRUE(buffer) << buffer.error().message();
    fill_with_noise(buffer->span().first(100), 5);
    const auto reset = device->reset();
    ASSERT_TRUE(reset) << reset.error().message();
    ASSERT_TRUE(device->set_bus_master(true));
    device_reads(*buffer, 0, 100);
    device_writes(*buffer, 4096, 100);
    EXPECT_TRUE(std::ranges::equal(buffer->span().first(100), buffer->span().subspan(4096, 100)));
}

TEST_F(Dma, buffers_given_back_leave_their_addresses_to_the_next) {
    OPENBAR_NEEDS(dma);
    if (!chooses_addresses()) GTEST_SKIP() << "addresses are not ours to choose";
    for (int round = 0; round < 200; ++round) {
        const auto buffer = device->allocate_dma(1 << 20, {.highest_address = (4u << 20) - 1});
        ASSERT_TRUE(buffer) << round << ": " << buffer.error().message();
    }
}

TEST_F(Dma, addresses_that_are_used_up_are_reported_and_come_back) {
    OPENBAR_NEEDS(dma);
    if (!chooses_addresses()) GTEST_SKIP() << "addresses are not ours to choose";
    const DmaConstraints narrow{.highest_address = (1u << 20) - 1};
    std::vector<DmaBuffer> all;
    for (;;) {
        auto buffer = device->allocate_dma(128 * 1024, narrow);
        if (!buffer) {
            EXPECT_EQ(buffer.error().code, ErrorCode::resource_exhausted);
            EXPECT_NE(buffer.error().message().find("IOVA"), std::string::npos)
                << buffer.error().message();
            break;
        }
        ASSERT_LT(all.size(), 8u);
        all.push_back(std::move(*buffer));
    }
    EXPECT_GE(all.size(), 3u);
    const std::size_t count = all.size();
    all.clear();
    for (std::size_t again = 0; again < count; ++again) {
        auto buffer = device->allocate_dma(128 * 1024, narrow);
        ASSERT_TRUE(buffer) << buffer.error().message();
        all.push_back(std::move(*buffer));
    }
}

TEST_F(Dma, reaches_pinned_memory_of_any_alignment) {
    OPENBAR_NEEDS(dma);
    if (!pins_any_page()) GTEST_SKIP() << "without an IOMMU pages must not move";
    std::vector<std::byte> memory(5 * 4096 + 123);
    for (const std::size_t offset : {0u, 1u, 7u, 4095u, 4096u, 5000u}) {
        SCOPED_TRACE(offset);
        const auto part = std::span(memory).subspan(offset, 9001);
        fill_with_noise(memory, static_cast<unsigned>(offset));
        std::vector<std::byte> expected = memory;
        const auto pinned = device->pin(part, {.highest_address = reach});
        ASSERT_TRUE(pinned) << pinned.error().message();
        ASSERT_EQ(pinned->span().data(), part.data());
        std::uint64_t total = 0;
        for (const DmaSegment& segment : pinned->segments()) {
            EXPECT_LE(segment.iova + segment.size - 1, reach);
            total += segment.size;
        }
        EXPECT_EQ(total, part.size());
        device_reads(*pinned, 3000, 1000);
        device_writes(*pinned, 8001, 1000);
        std::copy_n(expected.begin() + static_cast<std::ptrdiff_t>(offset) + 3000, 1000,
                    expected.begin() + static_cast<std::ptrdiff_t>(offset) + 8001);
        EXPECT_EQ(memory, expected);
    }
}

TEST_F(Dma, without_an_iommu_takes_ordinary_pages_from_nobody) {
    OPENBAR_NEEDS(dma);
    if (pins_any_page()) GTEST_SKIP() << "any page can be pinned here";
    std::vector<std::byte> memory(8192, std::byte{1});
    const auto pinned = device->pin(memory);
    ASSERT_FALSE(pinned);
    EXPECT_EQ(pinned.error().code, ErrorCode::unsupported);
    EXPECT_NE(pinned.error().message().find("move"), std::string::npos) << pinned.error().message();
}

TEST_F(Dma, to_memory_that_was_unpinned_goes_nowhere) {
    OPENBAR_NEEDS(dma);
    if (!pins_any_page()) GTEST_SKIP() << "without an IOMMU pages must not move";
    auto buffer = device->allocate_dma(4096, {.highest_address = reach});
    ASSERT_TRUE(buffer);
    fill_with_noise(buffer->span(), 5);
    device_reads(*buffer, 0, 4000);
    std::vector<std::byte> memory(8192);
    std::uint64_t iova = 0;
    {
        const auto pinned = device->pin(memory, {.highest_address = reach});
        ASSERT_TRUE(pinned) << pinned.error().message();
        iova = pinned->iova_of(0);
    }
    engine->start(edu::dma_buffer, iova, 4000, true);
    ASSERT_TRUE(engine->wait());
    EXPECT_TRUE(holds_only_zeros(memory));
}

TEST_F(Dma, pins_that_overlap_do_not_take_memory_from_one_another) {
    OPENBAR_NEEDS(dma);
    if (!pins_any_page()) GTEST_SKIP() << "without an IOMMU pages must not move";
    std::vector<std::byte> memory(8 * 4096);
    const auto all = std::span(memory);
    auto first = device->pin(all.first(6 * 4096), {.highest_address = reach});
    auto second = device->pin(all.subspan(2 * 4096), {.highest_address = reach});
    auto third = device->pin(all.subspan(3 * 4096 + 5, 77), {.highest_address = reach});
    ASSERT_TRUE(first && second && third);
    { const auto dropped = std::move(first); }
    fill_with_noise(all.subspan(3 * 4096, 100), 9);
    device_reads(*second, 4096, 100);
    { const auto dropped = std::move(second); }
    device_writes(*third, 0, 77);
    EXPECT_TRUE(
        std::ranges::equal(all.subspan(3 * 4096 + 5, 77).first(72), all.subspan(3 * 4096 + 5, 72)));
    EXPECT_EQ(memory[3 * 4096 + 5], memory[3 * 4096]);
}

TEST_F(Dma, pins_of_memory_that_is_not_there_are_refused) {
    OPENBAR_NEEDS(dma);
    if (!pins_any_page()) GTEST_SKIP() << "without an IOMMU pages must not move";
    const auto memory = allocate_pages(4 * 4096);
    ASSERT_FALSE(memory.empty());
    take_away(memory.subspan(2 * 4096));
    const auto pinned = device->pin(memory, {.highest_address = reach});
    ASSERT_FALSE(pinned);
    EXPECT_EQ(pinned.error().code, ErrorCode::invalid_argument) << pinned.error().message();
    EXPECT_TRUE(device->pin(memory.first(2 * 4096), {.highest_address = reach}));

    EXPECT_EQ(device->pin({}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(device->pin({static_cast<std::byte*>(nullptr), 64}).error().code,
              ErrorCode::out_of_range);
    EXPECT_EQ(device->pin({memory.data(), SIZE_MAX - 100}).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(device->pin(memory.first(8192), {.highest_address = 4096}).error().code,
              ErrorCode::out_of_range);
    free_pages(memory);
}

TEST_F(Dma, into_memory_pinned_for_reading_changes_nothing) {
    OPENBAR_NEEDS(dma);
    if (!chooses_addresses())
        GTEST_SKIP() << "nothing between the device and the memory refuses writes";
    std::vector<std::byte> memory(4096);
    fill_with_noise(memory, 21);
    const std::vector<std::byte> before = memory;
    const auto pinned = device->pin_read_only(memory, {.highest_address = reach});
    ASSERT_TRUE(pinned) << pinned.error().message();
    device_reads(*pinned, 0, 512);
    device_writes(*pinned, 1024, 512);
    EXPECT_EQ(memory, before);
}

TEST_F(Dma, in_memory_unmapped_before_it_was_unpinned_hurts_nobody) {
    OPENBAR_NEEDS(dma);
    if (!pins_any_page()) GTEST_SKIP() << "without an IOMMU pages must not move";
    const auto memory = allocate_pages(4096);
    ASSERT_FALSE(memory.empty());
    {
        const auto pinned = device->pin(memory, {.highest_address = reach});
        ASSERT_TRUE(pinned) << pinned.error().message();
        take_away(memory);
        device_writes(*pinned, 0, 1000);
        device_reads(*pinned, 0, 1000);
    }
    free_pages(memory);
    const auto buffer = device->allocate_dma(4096, {.highest_address = reach});
    ASSERT_TRUE(buffer) << "and the device works on";
    buffer->span()[0] = std::byte{0x5a};
    device_reads(*buffer, 0, 1);
    device_writes(*buffer, 99, 1);
    EXPECT_EQ(buffer->span()[99], std::byte{0x5a});
}

}  // namespace
}  // namespace openbar::conformance
