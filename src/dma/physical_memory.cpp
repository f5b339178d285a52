#include "dma/physical_memory.hpp"

#include "openbar/page_map.hpp"

#include "base/failure.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"
#include "base/system_root.hpp"
#include "dma/page_memory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kernel-page-flags.h>
#include <sys/mman.h>

#include <algorithm>
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

Result<std::uint64_t> physical_address(const std::byte* byte, const std::string& attempted) {
    const auto page = look_up_page(reinterpret_cast<std::uintptr_t>(byte));
    if (!page) return std::unexpected(page.error());
    if (page->hidden)
        return failure(ErrorCode::permission_denied, attempted,
                       "only CAP_SYS_ADMIN may know where memory lies", "run it as root");
    if (!page->physical)
        return failure(ErrorCode::invalid_argument, attempted,
                       "part of the memory is not mapped, or not in memory");
    return *page->physical;
}

void append(std::vector<DmaSegment>& segments, const DmaSegment& next) {
    if (!segments.empty() && segments.back().iova + segments.back().size == next.iova)
        segments.back().size += next.size;
    else
        segments.push_back(next);
}

/// Where `memory` lies, looked up once for each `step` bytes, within which it is in one piece.
Result<std::vector<DmaSegment>> locate(std::span<std::byte> memory, std::uint64_t step,
                                       const std::string& attempted) {
    std::vector<DmaSegment> segments;
    while (!memory.empty()) {
        const auto inside = reinterpret_cast<std::uintptr_t>(memory.data()) & (step - 1);
        const std::uint64_t length = std::min<std::uint64_t>(step - inside, memory.size());
        const auto physical = physical_address(memory.data(), attempted);
        if (!physical) return std::unexpected(physical.error());
        append(segments, {*physical, length});
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

std::unexpected<Error> without_huge_pages(const std::string& attempted, std::uint64_t count) {
    return failure(ErrorCode::resource_exhausted, attempted,
                   fmt::format("it takes {} huge page(s), and so many are not free", count),
                   fmt::format("reserve more: sudo sysctl vm.nr_hugepages={}", count + 16));
}

/// Whether the kernel leaves the page at this physical address where it is.
bool stays_in_place(std::uint64_t physical) {
    const FileDescriptor flags = system_calls::open(system_path("/proc/kpageflags"), O_RDONLY);
    std::uint64_t value = 0;
    const auto at = static_cast<off_t>(physical / page_size() * sizeof value);
    return flags && system_calls::pread(flags.get(), &value, sizeof value, at) == sizeof value &&
           (value & (1ull << KPF_HUGE)) != 0;
}

}  // namespace

std::string why_no_physical_memory(std::optional<std::uint32_t> iommu_group) {
    if (iommu_group && translates(*iommu_group))
        return "an IOMMU translates what the device puts on the bus, and only VFIO can tell it "
               "how: "
               "bind the device to vfio-pci";
    const std::byte somewhere{};
    const auto page = look_up_page(reinterpret_cast<std::uintptr_t>(&somewhere));
    if (page && page->physical) return {};
    return "there is no IOMMU for the device, so that it needs physical addresses, which only "
           "CAP_SYS_ADMIN may know: run it as root, or use vfio-pci on a machine with an IOMMU";
}

Result<DeviceMemory> allocate_physical(std::uint64_t size, const DmaConstraints& constraints,
                                       const std::string& attempted,
                                       std::shared_ptr<const void> keeps) {
    const std::uint64_t huge = huge_page_size();
    if (huge == 0)
        return failure(ErrorCode::unsupported, attempted, "the kernel has no huge pages");
    const std::uint64_t count = (size - 1) / huge + 1;
    std::vector<PageMemory> unsuitable;
    std::string why;
    while (unsuitable.size() < most_attempts) {
        auto pages =
            PageMemory::allocate(count * huge, attempted, MAP_HUGETLB | MAP_POPULATE | MAP_LOCKED);
        if (!pages && pages.error().code != ErrorCode::resource_exhausted)
            return std::unexpected(std::move(pages).error());
        if (!pages) break;
        auto segments = locate(pages->bytes().first(size), huge, attempted);
        if (!segments) return std::unexpected(std::move(segments).error());
        why = objection(*segments, constraints);
        if (!why.empty()) {
            unsuitable.push_back(*std::move(pages));
            continue;
        }
        struct Owner {
            std::shared_ptr<const void> keeps;
            PageMemory pages;
        };
        const auto bytes = pages->bytes().first(size);
        return DeviceMemory{bytes, *std::move(segments),
                            std::make_shared<const Owner>(std::move(keeps), *std::move(pages))};
    }
    if (why.empty()) return without_huge_pages(attempted, count);
    return failure(ErrorCode::resource_exhausted, attempted, why,
                   "reserve more huge pages (sudo sysctl vm.nr_hugepages=…), early after the start "
                   "of the machine; or use vfio-pci with an IOMMU");
}

Result<DeviceMemory> pin_physical(std::span<std::byte> memory, const PinOptions& options,
                                  const std::string& attempted, std::shared_ptr<const void> keeps) {
    auto segments = locate(memory, page_size(), attempted);
    if (!segments) return std::unexpected(std::move(segments).error());
    for (const DmaSegment& segment : *segments) {
        for (std::uint64_t at = 0; at < segment.size; at += page_size())
            if (!stays_in_place(segment.iova + at) ||
                !stays_in_place(segment.iova + (segment.size - 1)))
                return failure(ErrorCode::unsupported, attempted,
                               "there is no IOMMU, and the kernel may move these pages at any "
                               "time: only huge pages (hugetlbfs) stay where they are",
                               "allocate it with mmap(MAP_HUGETLB), use allocate_dma, or vfio-pci "
                               "with an IOMMU");
        if (segment.iova + (segment.size - 1) > options.highest_address)
            return failure(ErrorCode::out_of_range, attempted,
                           fmt::format("part of it lies at {:#x}, above what the device reaches",
                                       segment.iova),
                           "use allocate_dma with highest_address");
    }
    return DeviceMemory{memory, *std::move(segments), std::move(keeps)};
}

}  // namespace openbar::dma
