#include "dma/address_space.hpp"

#include "base/failure.hpp"
#include "dma/device_memory.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

namespace openbar::dma {
namespace {

constexpr std::uint64_t page = 0x1000;

/// Keeps the book that an IOMMU keeps, and fails at the call it is told to.
class BookKeeper final : public Iommu {
public:
    explicit BookKeeper(std::vector<IovaRange> usable = {{0, 64 * page - 1}})
        : usable_(std::move(usable)) {}

    Result<void> map(std::uint64_t iova, const Pages& pages, DeviceAccess access) override {
        const std::lock_guard guard(mutex_);
        if (calls_++ == fail_at) return failure(ErrorCode::resource_exhausted, "told to fail");
        const auto [place, fresh] = mapped.emplace(iova, pages.bytes);
        EXPECT_TRUE(fresh);
        EXPECT_TRUE(std::next(place) == mapped.end() ||
                    std::next(place)->first >= iova + pages.bytes.size());
        last_access = access;
        return {};
    }
    Result<void> unmap(std::uint64_t iova, std::uint64_t size) override {
        const std::lock_guard guard(mutex_);
        if (fail_unmap) return failure(ErrorCode::removed, "told to fail");
        EXPECT_EQ(mapped.at(iova).size(), size) << "exactly what was mapped";
        mapped.erase(iova);
        return {};
    }
    [[nodiscard]] std::vector<IovaRange> usable() const override { return usable_; }
    [[nodiscard]] std::uint64_t granule() const override { return page; }

    std::map<std::uint64_t, std::span<std::byte>> mapped;
    DeviceAccess last_access = DeviceAccess::read_write;
    int fail_at = -1;
    bool fail_unmap = false;

private:
    std::mutex mutex_;
    std::vector<IovaRange> usable_;
    int calls_ = 0;
};

struct Memory {
    explicit Memory(std::size_t pages) : bytes(pages * page + page) {}
    /// From the first whole page on.
    [[nodiscard]] std::span<std::byte> aligned() {
        const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
        const std::size_t skip = (page - address % page) % page;
        return std::span(bytes).subspan(skip, bytes.size() - page);
    }
    std::vector<std::byte> bytes;
};

TEST(AddressSpace, maps_whole_pages_around_pinned_memory) {
    BookKeeper iommu;
    AddressSpace space(iommu);
    Memory memory(4);
    const auto part = memory.aligned().subspan(100, page);
    {
        const auto pinned = give_pinned(space, part, {.access = DeviceAccess::read}, nullptr);
        ASSERT_TRUE(pinned);
        ASSERT_EQ(iommu.mapped.size(), 1u);
        const auto& [iova, bytes] = *iommu.mapped.begin();
        EXPECT_EQ(bytes.data(), memory.aligned().data());
        EXPECT_EQ(bytes.size(), 2 * page);
        EXPECT_EQ(iommu.last_access, DeviceAccess::read);
        EXPECT_EQ(pinned->segments, (std::vector<DmaSegment>{{iova + 100, page}}));
    }
    EXPECT_TRUE(iommu.mapped.empty());
}

TEST(AddressSpace, splits_pinned_memory_over_the_free_addresses_there_are) {
    BookKeeper iommu({{page, 3 * page - 1}, {8 * page, 9 * page - 1}, {16 * page, 18 * page - 1}});
    AddressSpace space(iommu);
    Memory memory(5);
    const auto part = memory.aligned().subspan(10, 5 * page - 20);
    const auto pinned = give_pinned(space, part, {}, nullptr);
    ASSERT_TRUE(pinned) << pinned.error().message();
    EXPECT_EQ(iommu.mapped.size(), 3u);
    std::uint64_t done = 0;
    for (const DmaSegment& segment : pinned->segments) {
        const auto& [first, bytes] = *std::prev(iommu.mapped.upper_bound(segment.iova));
        EXPECT_EQ(bytes.data() + (segment.iova - first), part.data() + done);
        done += segment.size;
    }
    EXPECT_EQ(done, part.size());
}

TEST(AddressSpace, leaves_nothing_mapped_when_any_step_fails) {
    const std::vector<IovaRange> scattered{
        {page, 2 * page - 1}, {4 * page, 5 * page - 1}, {8 * page, 9 * page - 1}};
    Memory memory(4);
    for (int step = 0; step < 3; ++step) {
        BookKeeper iommu(scattered);
        AddressSpace space(iommu);
        iommu.fail_at = step;
        const auto failed = give_pinned(space, memory.aligned().first(3 * page), {}, nullptr);
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().cause, "told to fail");
        EXPECT_TRUE(iommu.mapped.empty()) << step;
        EXPECT_TRUE(give_pinned(space, memory.aligned().first(3 * page), {}, nullptr))
            << "and every address is free again";
    }
    BookKeeper iommu(scattered);
    AddressSpace space(iommu);
    const auto failed = give_pinned(space, memory.aligned(), {}, nullptr);
    ASSERT_FALSE(failed) << "four pages do not fit on three";
    EXPECT_EQ(failed.error().code, ErrorCode::resource_exhausted);
    EXPECT_TRUE(iommu.mapped.empty());
}

TEST(AddressSpace, keeps_in_one_piece_what_has_to_be) {
    BookKeeper iommu({{page, 3 * page - 1}, {8 * page, 10 * page - 1}});
    AddressSpace space(iommu);
    Memory memory(3);
    EXPECT_FALSE(give_buffer(space, {memory.aligned()}, 3 * page, {}, nullptr));
    const auto split =
        give_buffer(space, {memory.aligned()}, 3 * page - 5, {.contiguous = false}, nullptr);
    ASSERT_TRUE(split);
    EXPECT_EQ(split->segments.size(), 2u);
    EXPECT_EQ(split->bytes.size(), 3 * page - 5);
}

TEST(AddressSpace, gives_each_of_two_overlapping_pins_addresses_of_its_own) {
    BookKeeper iommu;
    AddressSpace space(iommu);
    Memory memory(4);
    auto first = give_pinned(space, memory.aligned(), {}, nullptr);
    const auto second = give_pinned(space, memory.aligned().subspan(page, 8), {}, nullptr);
    ASSERT_TRUE(first && second);
    first->owner.reset();
    ASSERT_EQ(iommu.mapped.size(), 1u);
    EXPECT_EQ(iommu.mapped.begin()->first, second->segments.front().iova);
}

TEST(AddressSpace, never_reuses_addresses_that_may_still_lead_to_memory) {
    BookKeeper iommu({{page, 3 * page - 1}});
    AddressSpace space(iommu);
    Memory memory(2);
    iommu.fail_unmap = true;
    { const auto lost = give_pinned(space, memory.aligned().first(page), {}, nullptr); }
    iommu.fail_unmap = false;
    iommu.mapped.clear();
    EXPECT_TRUE(give_pinned(space, memory.aligned().first(page), {}, nullptr));
    EXPECT_FALSE(give_pinned(space, memory.aligned(), {}, nullptr));
}

TEST(AddressSpace, keeps_its_owner_until_the_memory_is_taken_back) {
    BookKeeper iommu;
    AddressSpace space(iommu);
    Memory memory(1);
    bool empty_at_the_end = false;
    std::shared_ptr<const void> keeps(
        &memory, [&](const void*) { empty_at_the_end = iommu.mapped.empty(); });
    auto pinned = give_pinned(space, memory.aligned(), {}, std::move(keeps));
    ASSERT_TRUE(pinned);
    EXPECT_FALSE(empty_at_the_end);
    pinned->owner.reset();
    EXPECT_TRUE(empty_at_the_end);
}

TEST(AddressSpace, serves_several_threads_at_once) {
    BookKeeper iommu;
    {
        AddressSpace space(iommu);
        std::vector<std::jthread> threads;
        for (unsigned number = 0; number < 4; ++number)
            threads.emplace_back([&space, number] {
                Memory memory(3);
                for (unsigned round = 0; round < 2000; ++round) {
                    const auto part = memory.aligned().subspan((round * 37 + number) % page, 5000);
                    EXPECT_TRUE(give_pinned(space, part, {}, nullptr));
                }
            });
    }
    EXPECT_TRUE(iommu.mapped.empty());
}

TEST(Segments, are_cut_to_the_part_asked_for) {
    const std::vector<DmaSegment> whole{{0x1000, 0x1000}, {0x8000, 0x2000}, {0x20000, 0x1000}};
    EXPECT_EQ(part_of(whole, 0, 0x4000), whole);
    EXPECT_EQ(part_of(whole, 0x1000, 1), (std::vector<DmaSegment>{{0x8000, 1}}));
    EXPECT_EQ(part_of(whole, 0xfff, 0x2002),
              (std::vector<DmaSegment>{{0x1fff, 1}, {0x8000, 0x2000}, {0x20000, 1}}));
    EXPECT_TRUE(part_of(whole, 0, 0).empty());
}

}  // namespace
}  // namespace openbar::dma
