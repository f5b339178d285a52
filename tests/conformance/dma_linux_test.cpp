// DMA: the limits that Linux sets, and what it does without an IOMMU.
#include "dma_under_test.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

namespace openbar::conformance {
namespace {

TEST_F(Dma, without_an_iommu_reaches_huge_pages_of_the_callers) {
    OPENBAR_NEEDS(dma);
    if (pins_any_page()) GTEST_SKIP() << "an IOMMU takes any page";
    constexpr std::size_t huge = 2 << 20;
    void* const base = ::mmap(nullptr, huge, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
    ASSERT_NE(base, MAP_FAILED);
    const std::span<std::byte> memory(static_cast<std::byte*>(base), huge);
    {
        const auto pinned = device->pin(memory.subspan(77, 100'000), {.highest_address = reach});
        ASSERT_TRUE(pinned) << pinned.error().message();
        EXPECT_EQ(pinned->segments().size(), 1u);
        fill_with_noise(pinned->span(), 31);
        device_reads(*pinned, 10, 4000);
        device_writes(*pinned, 90'001, 4000);
        EXPECT_TRUE(std::ranges::equal(pinned->span().subspan(10, 4000),
                                       pinned->span().subspan(90'001, 4000)));
    }
    ::munmap(base, huge);
}

TEST_F(Dma, without_an_iommu_and_free_huge_pages_is_refused_with_the_remedy) {
    OPENBAR_NEEDS(dma);
    if (pins_any_page()) GTEST_SKIP() << "an IOMMU takes any page";
    const auto buffer = device->allocate_dma(400u << 20);
    ASSERT_FALSE(buffer);
    EXPECT_EQ(buffer.error().code, ErrorCode::resource_exhausted);
    EXPECT_NE(buffer.error().hint.find("nr_hugepages"), std::string::npos)
        << buffer.error().message();
    EXPECT_TRUE(device->allocate_dma(4096)) << "and nothing is left behind";
}

TEST_F(Dma, pins_of_memory_with_fewer_rights_than_the_device_shall_have_are_refused) {
    OPENBAR_NEEDS(dma);
    if (!pins_any_page()) GTEST_SKIP() << "without an IOMMU pages must not move";
    const auto memory = allocate_pages(2 * 4096);
    ASSERT_FALSE(memory.empty());
    const auto pins = [&](DeviceAccess access) {
        const auto pinned = device->pin(memory, {.access = access, .highest_address = reach});
        if (pinned) return true;
        EXPECT_EQ(pinned.error().code, ErrorCode::invalid_argument) << pinned.error().message();
        return false;
    };
    EXPECT_TRUE(pins(DeviceAccess::read_write));
    ASSERT_EQ(::mprotect(memory.data() + 4096, 4096, PROT_READ), 0);
    EXPECT_FALSE(pins(DeviceAccess::read_write));
    EXPECT_FALSE(pins(DeviceAccess::write));
    EXPECT_TRUE(pins(DeviceAccess::read));
    ASSERT_EQ(::mprotect(memory.data() + 4096, 4096, PROT_NONE), 0);
    EXPECT_FALSE(pins(DeviceAccess::read));
    free_pages(memory);
}

TEST_F(Dma, beyond_the_limit_of_locked_memory_is_refused_and_leaves_nothing_locked) {
    OPENBAR_NEEDS(dma);
    if (device->info().backend != BackendKind::vfio || ::geteuid() == 0)
        GTEST_SKIP() << "the limit holds for VFIO and for users other than root";
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    limit.rlim_cur = 1 << 20;
    ASSERT_EQ(::setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    std::vector<std::byte> memory(2 << 20);
    for (int round = 0; round < 3; ++round) {
        const auto pinned = device->pin(memory);
        ASSERT_FALSE(pinned);
        EXPECT_EQ(pinned.error().code, ErrorCode::resource_exhausted);
        EXPECT_NE(pinned.error().message().find("RLIMIT_MEMLOCK"), std::string::npos)
            << pinned.error().message();
        EXPECT_EQ(device->allocate_dma(2 << 20).error().code, ErrorCode::resource_exhausted);
        EXPECT_TRUE(device->pin(std::span(memory).first(1000 * 1024)))
            << "what was refused is not counted";
    }
}

}  // namespace
}  // namespace openbar::conformance
