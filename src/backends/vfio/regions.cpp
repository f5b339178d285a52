#include "backends/vfio/regions.hpp"

#include "base/failure.hpp"
#include "base/page.hpp"
#include "base/region_name.hpp"
#include "base/system_calls.hpp"
#include "configuration/capability_list.hpp"

#include <fmt/format.h>
#include <linux/vfio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace openbar::vfio {
namespace {

/// One region's answer with its capabilities, which need a second, larger request.
Result<std::vector<std::byte>> ask(int device, RegionIndex index) {
    std::vector<std::byte> answer(sizeof(vfio_region_info));
    for (int round = 0; round < 2; ++round) {
        vfio_region_info request{};
        request.argsz = static_cast<std::uint32_t>(answer.size());
        request.index = index;
        std::memcpy(answer.data(), &request, sizeof request);
        if (system_calls::ioctl(device, VFIO_DEVICE_GET_REGION_INFO, answer.data()) < 0)
            return system_failure(errno, "VFIO_DEVICE_GET_REGION_INFO");
        std::memcpy(&request, answer.data(), sizeof request);
        if (request.argsz <= answer.size()) break;
        answer.assign(request.argsz, std::byte{});
    }
    return answer;
}

/// The parts that may be mapped, from the sparse-mmap capability; all of it where there is none.
std::vector<Range> mappable_parts(const std::vector<std::byte>& answer,
                                  const vfio_region_info& info) {
    if ((info.flags & VFIO_REGION_INFO_FLAG_MMAP) == 0) return {};
    std::uint32_t at = (info.flags & VFIO_REGION_INFO_FLAG_CAPS) != 0 ? info.cap_offset : 0;
    while (at != 0 && at + sizeof(vfio_region_info_cap_sparse_mmap) <= answer.size()) {
        vfio_region_info_cap_sparse_mmap sparse{};
        std::memcpy(static_cast<void*>(&sparse), answer.data() + at, sizeof sparse);
        if (sparse.header.id == VFIO_REGION_INFO_CAP_SPARSE_MMAP) {
            std::vector<Range> parts;
            std::size_t entry = at + sizeof sparse;
            for (std::uint32_t index = 0;
                 index < sparse.nr_areas &&
                 entry + sizeof(vfio_region_sparse_mmap_area) <= answer.size();
                 ++index, entry += sizeof(vfio_region_sparse_mmap_area)) {
                vfio_region_sparse_mmap_area area{};
                std::memcpy(&area, answer.data() + entry, sizeof area);
                parts.push_back({area.offset, area.size});
            }
            return parts;
        }
        at = sparse.header.next;
    }
    return {{0, info.size}};
}

RegionInfo describe(RegionIndex index, const vfio_region_info& info, const PciFunction& function) {
    RegionInfo region;
    const auto known = std::ranges::find(function.regions, index, &RegionInfo::index);
    if (known != function.regions.end()) region = *known;
    region.index = index;
    region.size = info.size;
    region.readable = (info.flags & VFIO_REGION_INFO_FLAG_READ) != 0;
    region.writable = (info.flags & VFIO_REGION_INFO_FLAG_WRITE) != 0;
    if (index == configuration_region) {
        region.name = "config";
        region.kind = RegionKind::configuration;
        region.not_mappable_because = "the configuration space cannot be mapped";
    } else if (region.name.empty()) {
        region.name = region_name(index);
    }
    return region;
}

/// Finds the region that holds the MSI-X table, if the device has one and answers.
void mark_msix_table(int device, std::vector<Region>& regions) {
    const auto space = std::ranges::find(regions, configuration_region,
                                         [](const Region& region) { return region.info.index; });
    if (space == regions.end()) return;
    const auto table = configuration::find_msix_table(
        [&](std::uint64_t offset, unsigned width) -> Result<std::uint64_t> {
            std::uint64_t value = 0;
            if (system_calls::pread(device, &value, width,
                                    static_cast<off_t>(space->file_offset + offset)) ==
                static_cast<ssize_t>(width))
                return value;
            return system_failure(errno, "reading the configuration space");
        });
    if (!table || !*table) return;
    for (Region& region : regions)
        if (region.info.index == (*table)->region) region.msix_table = (*table)->entries;
}

}  // namespace

Result<std::vector<Region>> read_regions(int device, const PciFunction& function) {
    std::vector<Region> regions;
    for (RegionIndex index = 0; index <= configuration_region; ++index) {
        OPENBAR_TRY(answer, ask(device, index));
        vfio_region_info info{};
        std::memcpy(&info, answer.data(), sizeof info);
        if (info.size == 0) continue;
        Region region{describe(index, info, function), info.offset};
        region.info.mappable = mappable_parts(answer, info);
        if (region.info.mappable.empty() && region.info.not_mappable_because.empty())
            region.info.not_mappable_because =
                region.info.kind == RegionKind::port_io ? "port I/O has no memory to map"
                : index == rom_region                   ? "VFIO offers the ROM by reading only"
                : info.size < page_size() ? "it is smaller than a page, and the page is not its own"
                                          : "VFIO does not offer to map it";
        regions.push_back(std::move(region));
    }
    mark_msix_table(device, regions);
    return regions;
}

std::vector<VectorInfo> read_vectors(int device) {
    constexpr std::array<std::pair<InterruptKind, std::uint32_t>, 3> kinds{{
        {InterruptKind::msix, VFIO_PCI_MSIX_IRQ_INDEX},
        {InterruptKind::msi, VFIO_PCI_MSI_IRQ_INDEX},
        {InterruptKind::intx, VFIO_PCI_INTX_IRQ_INDEX},
    }};
    std::vector<VectorInfo> vectors;
    for (const auto& [kind, index] : kinds) {
        vfio_irq_info info{};
        info.argsz = sizeof info;
        info.index = index;
        if (system_calls::ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info) < 0) continue;
        if (info.count == 0 || (info.flags & VFIO_IRQ_INFO_EVENTFD) == 0) continue;
        vectors.push_back({kind, info.count, (info.flags & VFIO_IRQ_INFO_MASKABLE) != 0});
    }
    return vectors;
}

}  // namespace openbar::vfio
