// Where a device without an IOMMU may not be given memory: run in the test
// machine with edu bound to uio_pci_generic, each part in the surroundings that it names.
#include "openbar/openbar.hpp"

#include "examples/registers/edu_dma.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <vector>

namespace openbar {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view card = "uio:00:04.0";

/// No DMA, and the same words from all that asks for it.
void expect_no_dma(const Device& device, const std::string& reason) {
    EXPECT_FALSE(device.info().capabilities.dma);
    EXPECT_THAT(device.info().capabilities.dma.why_not, HasSubstr(reason));
    const auto buffer = device.allocate_dma(4096);
    ASSERT_FALSE(buffer);
    EXPECT_EQ(buffer.error().code, ErrorCode::unsupported);
    EXPECT_THAT(buffer.error().message(), HasSubstr(reason));
    std::vector<std::byte> memory(4096);
    const auto pinned = device.pin(memory);
    ASSERT_FALSE(pinned);
    EXPECT_EQ(pinned.error().code, ErrorCode::unsupported);
    EXPECT_THAT(pinned.error().message(), HasSubstr(reason));
}

// --iommu
TEST(UioDma, behind_an_iommu_that_translates_is_refused_with_the_way_out) {
    const auto device = Device::open(card);
    ASSERT_TRUE(device) << device.error().message();
    ASSERT_TRUE(device->info().iommu_group);
    expect_no_dma(*device, "IOMMU");
    EXPECT_THAT(device->info().capabilities.dma.hint, HasSubstr("vfio-pci"));
}

// --iommu --boot-arg iommu=pt --boot-arg hugepages=16: bus addresses are physical ones.
TEST(UioDma, behind_an_iommu_that_passes_addresses_through_works) {
    const auto device = Device::open(card);
    ASSERT_TRUE(device) << device.error().message();
    ASSERT_TRUE(device->info().iommu_group);
    ASSERT_TRUE(device->set_bus_master(true));
    const auto buffer = device->allocate_dma(8192, {.highest_address = edu::DmaEngine::reach});
    ASSERT_TRUE(buffer) << buffer.error().message();
    std::ranges::fill(buffer->span().first(100), std::byte{0x5a});
    const edu::DmaEngine engine(*device->region(edu::bar));
    ASSERT_TRUE(engine.read_memory(*buffer, 0, 100));
    ASSERT_TRUE(engine.write_memory(*buffer, 5000, 100));
    EXPECT_EQ(std::ranges::count(buffer->span(), std::byte{0x5a}), 200);
}

// As root without CAP_SYS_ADMIN, from whom the kernel hides where memory lies.
TEST(UioDma, without_the_right_to_know_addresses_is_refused) {
    const auto device = Device::open(card);
    ASSERT_TRUE(device) << device.error().message();
    expect_no_dma(*device, "CAP_SYS_ADMIN");
}

/// Two huge pages' worth of memory of the given kind, touched and locked.
class Pages {
public:
    static constexpr std::size_t size = 4 << 20;
    explicit Pages(int flags)
        : base_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_POPULATE | flags,
                       -1, 0)) {}
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages() { ::munmap(base_, size); }
    [[nodiscard]] bool there() const { return base_ != MAP_FAILED; }
    [[nodiscard]] void* base() const { return base_; }
    [[nodiscard]] std::span<std::byte> bytes() const {
        return {static_cast<std::byte*>(base_), size};
    }

private:
    void* base_;
};

void expect_refused_since_it_moves(const Device& device, std::span<std::byte> memory) {
    const auto pinned = device.pin(memory);
    ASSERT_FALSE(pinned);
    EXPECT_EQ(pinned.error().code, ErrorCode::unsupported) << pinned.error().message();
    EXPECT_THAT(pinned.error().message(), HasSubstr("move"));
}

TEST(UioDma, to_pages_that_the_kernel_may_move_is_refused_also_where_they_are_locked) {
    const auto device = Device::open(card);
    ASSERT_TRUE(device) << device.error().message();
    const Pages ordinary(MAP_PRIVATE);
    const Pages locked(MAP_PRIVATE | MAP_LOCKED);
    const Pages shared(MAP_SHARED);
    const Pages transparent(MAP_PRIVATE);
    ASSERT_TRUE(ordinary.there() && locked.there() && shared.there() && transparent.there());
    // Large pages that the kernel makes by itself are moved and split like any others.
    static_cast<void>(::madvise(transparent.base(), Pages::size, MADV_HUGEPAGE));
    std::ranges::fill(transparent.bytes(), std::byte{1});
    for (const Pages* pages : {&ordinary, &locked, &shared, &transparent})
        expect_refused_since_it_moves(*device, pages->bytes().subspan(77, 100'000));
}

TEST(UioDma, to_memory_of_which_only_a_part_stays_in_place_is_refused) {
    const auto device = Device::open(card);
    ASSERT_TRUE(device) << device.error().message();
    const Pages both(MAP_PRIVATE);
    ASSERT_TRUE(both.there());
    const auto address = reinterpret_cast<std::uintptr_t>(both.base());
    const std::uintptr_t huge = (address + (2 << 20) - 1) & ~std::uintptr_t{(2 << 20) - 1};
    void* const middle = reinterpret_cast<void*>(huge);
    ASSERT_NE(::mmap(middle, 2 << 20, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE | MAP_FIXED, -1, 0),
              MAP_FAILED);
    const std::span huge_part(static_cast<std::byte*>(middle), 2 << 20);
    EXPECT_TRUE(device->pin(huge_part));
    if (huge > address) {
        expect_refused_since_it_moves(*device, both.bytes());
    }
    ::munmap(middle, 2 << 20);
    EXPECT_EQ(device->pin(huge_part).error().code, ErrorCode::invalid_argument)
        << "memory that is not there any more";
}

TEST(UioDma, that_makes_no_sense_or_finds_no_pages_is_refused_and_leaves_nothing) {
    const auto device = Device::open(card);
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_EQ(device->allocate_dma(0).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(device->allocate_dma(UINT64_MAX).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(device->allocate_dma(1ull << 60).error().code, ErrorCode::resource_exhausted);
    EXPECT_EQ(device->allocate_dma(1 << 20, {.highest_address = 0xfffff}).error().code,
              ErrorCode::resource_exhausted)
        << "no huge page lies in the first MiB";
    EXPECT_EQ(device->allocate_dma(4096, {.alignment = 1ull << 50}).error().code,
              ErrorCode::resource_exhausted);
    EXPECT_EQ(device->pin({}).error().code, ErrorCode::invalid_argument);
    const Pages huge(MAP_PRIVATE | MAP_HUGETLB);
    ASSERT_TRUE(huge.there()) << "all huge pages are free again";
    EXPECT_EQ(device->pin(huge.bytes(), {.highest_address = 0x3fffff}).error().code,
              ErrorCode::out_of_range);
    EXPECT_EQ(device->pin({huge.bytes().data(), SIZE_MAX - 100}).error().code,
              ErrorCode::out_of_range);
    ASSERT_EQ(::mprotect(huge.base(), Pages::size, PROT_READ), 0);
    EXPECT_EQ(device->pin(huge.bytes()).error().code, ErrorCode::invalid_argument)
        << "the process itself may not write it";
    EXPECT_TRUE(device->pin_read_only(huge.bytes()));
}

TEST(UioDma, gives_overlapping_pins_the_same_addresses) {
    const auto device = Device::open(card);
    ASSERT_TRUE(device) << device.error().message();
    const Pages huge(MAP_PRIVATE | MAP_HUGETLB);
    ASSERT_TRUE(huge.there());
    const auto whole = device->pin(huge.bytes());
    const auto part = device->pin(huge.bytes().subspan(5000, 9000));
    ASSERT_TRUE(whole && part);
    EXPECT_EQ(part->iova_of(0), whole->iova_of(5000));
}

}  // namespace
}  // namespace openbar
