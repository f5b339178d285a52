#include "dma/physical_memory.hpp"

#include "openbar/page_map.hpp"

#include "base/failure.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"
#include "base/system_root.hpp"
#include "dma/page_memory.hpp"
#include "dma/page_numbers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kernel-page-flags.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>
#include <vector>

namespace openbar::dma {
namespace {

/// Pages that were no good are held while others are tried, or the kernel would give them again.
constexpr std::size_t most_attempts = 512;

std::uint64_t huge_page_size() {
    std::ifstream file(system_path("/proc/meminfo"));
    for (std::string word; file >> word;)
        if (std::uint64_t kib = 0; word == "Hugepagesize:" && file >> kib) return kib * 1024;
    return 0;
}

bool translates(std::uint32_t group) {
    std::ifstream file(system_path(fmt::format("/sys/kernel/iommu_groups/{}/type", group)));
    std::string type;
    file >> type;
    return type != "identity";
}

/// Bits of an entry of /proc/self/pagemap.
constexpr std::uint64_t present = 1ull << 63;
constexpr std::uint64_t frame_number = (1ull << 55) - 1;

Result<std::uint64_t> physical_address(PageNumbers& page_map, const std::byte* byte) {
    const auto address = reinterpret_cast<std::uintptr_t>(byte);
    OPENBAR_TRY(entry, page_map.of(address / page_size()));
    if ((entry & present) == 0)
        return failure(ErrorCode::invalid_argument,
                       "part of the memory is not mapped, or not in memory",
                       "pass a span of memory that is there and has been written once");
    // The kernel shows 0 to those who may not know.
    if ((entry & frame_number) == 0)
        return failure(ErrorCode::permission_denied,
                       "only CAP_SYS_ADMIN may know where memory lies", "run it as root");
    return (entry & frame_number) * page_size() + address % page_size();
}

void append(std::vector<DmaSegment>& segments, const DmaSegment& next) {
    if (!segments.empty() && segments.back().iova + segments.back().size == next.iova)
        segments.back().size += next.size;
    else
        segments.push_back(next);
}

/// Where `memory` lies, looked up once for each `step` bytes, within which it is in one piece.
Result<std::vector<DmaSegment>> locate(std::span<std::byte> memory, std::uint64_t step) {
    OPENBAR_TRY(page_map, PageNumbers::open("/proc/self/pagemap"));
    std::vector<DmaSegment> segments;
    while (!memory.empty()) {
        const auto inside = reinterpret_cast<std::uintptr_t>(memory.data()) & (step - 1);
        const std::uint64_t length = std::min<std::uint64_t>(step - inside, memory.size());
        OPENBAR_TRY(physical, physical_address(page_map, memory.data()));
        append(segments, {physical, length});
        memory = memory.subspan(length);
    }
    return segments;
}

/// Why the memory at these addresses will not do; empty where it will.
std::string objection(const std::vector<DmaSegment>& segments, const DmaConstraints& constraints) {
    for (const DmaSegment& segment : segments)
        if (segment.iova + (segment.size - 1) > constraints.highest_address)
            return fmt::format("the huge pages that are free lie above {:#x}",
                               constraints.highest_address);
    if (segments.front().iova % constraints.alignment != 0)
        return fmt::format("no huge page that is free is aligned to {:#x}", constraints.alignment);
    if (constraints.contiguous && segments.size() > 1)
        return "the huge pages that are free are not in a row";
    return {};
}

Error without_huge_pages(std::uint64_t count) {
    return failure(ErrorCode::resource_exhausted,
                   fmt::format("it takes {} huge page(s), and so many are not free", count),
                   fmt::format("reserve more: sudo sysctl vm.nr_hugepages={}", count + 16));
}

/// Pages that nobody has touched yet have no place, and those of a fork's shared memory no entry.
/// Kernels before 5.14 do not know the request (EINVAL); what is not there then shows later.
Result<void> bring_into_memory(std::span<std::byte> memory, DeviceAccess access) {
    const bool written =
        (static_cast<unsigned>(access) & static_cast<unsigned>(DeviceAccess::write)) != 0;
    const int advice = written ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    const Range pages =
        pages_around({reinterpret_cast<std::uintptr_t>(memory.data()), memory.size()});
    if (system_calls::madvise(reinterpret_cast<void*>(pages.offset), pages.length, advice) == 0)
        return {};
    switch (const int error = errno) {
        case ENOMEM:
            return failure(ErrorCode::invalid_argument,
                           "part of the memory is not mapped in this process",
                           "pass a span of memory that is there");
        case EFAULT:
            return failure(ErrorCode::resource_exhausted,
                           "the system has no pages for part of the memory",
                           "reserve more huge pages: sudo sysctl vm.nr_hugepages=…");
        case EINVAL: {
            // The same for memory that surely can be written shows which of the two it was.
            alignas(64) std::byte own{};
            const Range page = pages_around({reinterpret_cast<std::uintptr_t>(&own), 1});
            if (system_calls::madvise(reinterpret_cast<void*>(page.offset), page.length, advice) !=
                0)
                return {};
            return failure(ErrorCode::invalid_argument,
                           "the process itself may not access part of the memory so",
                           "pin it for DeviceAccess::read, or use memory that can be written");
        }
        default: return system_failure(error, "madvise(MADV_POPULATE_…)");
    }
}

/// Whether the kernel leaves all pages of that segment where they are.
Result<bool> stays_in_place(PageNumbers& flags, const DmaSegment& segment) {
    const std::uint64_t last = (segment.iova + (segment.size - 1)) / page_size();
    for (std::uint64_t page = segment.iova / page_size(); page <= last; ++page) {
        OPENBAR_TRY(value, flags.of(page));
        if ((value & (1ull << KPF_HUGE)) == 0) return false;
    }
    return true;
}

}  // namespace

Capability physical_memory_for(std::optional<std::uint32_t> iommu_group,
                               const std::string& address) {
    if (iommu_group && translates(*iommu_group))
        return {.why_not =
                    "an IOMMU translates what the device puts on the bus, and only VFIO can "
                    "tell it how",
                .hint = fmt::format("openbar bind {} vfio-pci", address)};
    const std::byte somewhere{};
    const auto page = look_up_page(reinterpret_cast<std::uintptr_t>(&somewhere));
    if (page && page->physical) return {.offered = true};
    return {.why_not =
                "there is no IOMMU for the device, so that it needs physical addresses, "
                "which only CAP_SYS_ADMIN may know",
            .hint = "run it as root, or use vfio-pci on a machine with an IOMMU"};
}

Result<DeviceMemory> allocate_physical(std::uint64_t size, const DmaConstraints& constraints,
                                       std::shared_ptr<const void> keeps) {
    const std::uint64_t huge = huge_page_size();
    if (huge == 0) return failure(ErrorCode::unsupported, "the kernel has no huge pages");
    const std::uint64_t count = (size - 1) / huge + 1;
    std::vector<PageMemory> unsuitable;
    std::string why;
    while (unsuitable.size() < most_attempts) {
        auto pages = PageMemory::allocate(count * huge, MAP_HUGETLB | MAP_POPULATE | MAP_LOCKED);
        if (!pages && pages.error().code != ErrorCode::resource_exhausted)
            return std::move(pages).error();
        if (!pages) break;
        OPENBAR_TRY(segments, locate(pages->bytes().first(size), huge));
        why = objection(segments, constraints);
        if (!why.empty()) {
            unsuitable.push_back(*std::move(pages));
            continue;
        }
        struct Owner {
            std::shared_ptr<const void> keeps;
            PageMemory pages;
        };
        const auto bytes = pages->bytes().first(size);
        return DeviceMemory{bytes, std::move(segments),
                            std::make_shared<const Owner>(std::move(keeps), *std::move(pages))};
    }
    if (why.empty()) return without_huge_pages(count);
    return failure(ErrorCode::resource_exhausted, why,
                   "reserve more huge pages (sudo sysctl vm.nr_hugepages=…), early after the start "
                   "of the machine; or use vfio-pci with an IOMMU");
}

Result<DeviceMemory> pin_physical(std::span<std::byte> memory, const PinOptions& options,
                                  std::shared_ptr<const void> keeps) {
    OPENBAR_TRY(loaded, bring_into_memory(memory, options.access));
    OPENBAR_TRY(segments, locate(memory, page_size()));
    OPENBAR_TRY(flags, PageNumbers::open("/proc/kpageflags"));
    for (const DmaSegment& segment : segments) {
        OPENBAR_TRY(stays, stays_in_place(flags, segment));
        if (!stays)
            return failure(ErrorCode::unsupported,
                           "there is no IOMMU, and the kernel may move these pages at any "
                           "time: only huge pages (hugetlbfs) stay where they are",
                           "allocate it with mmap(MAP_HUGETLB), use allocate_dma, or vfio-pci "
                           "with an IOMMU");
        if (segment.iova + (segment.size - 1) > options.highest_address)
            return failure(ErrorCode::out_of_range,
                           fmt::format("part of it lies at {:#x}, above what the device reaches",
                                       segment.iova),
                           "use allocate_dma with highest_address");
    }
    return DeviceMemory{memory, std::move(segments), std::move(keeps)};
}

}  // namespace openbar::dma
