// VFIO's group interface: Documentation/driver-api/vfio.rst of the Linux kernel and linux/vfio.h.
#include "backends/vfio/group.hpp"

#include "backends/sysfs/attribute.hpp"
#include "backends/vfio/group_viability.hpp"
#include "base/failure.hpp"
#include "base/file_descriptor.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"
#include "base/system_root.hpp"
#include "dma/locked_memory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/vfio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace openbar::vfio {

Result<void> Group::read_limits() {
    std::vector<std::byte> buffer(sizeof(vfio_iommu_type1_info));
    vfio_iommu_type1_info info{};
    for (int round = 0; round < 2; ++round) {
        info = {};
        info.argsz = static_cast<std::uint32_t>(buffer.size());
        std::memcpy(buffer.data(), &info, sizeof info);
        if (system_calls::ioctl(container_.get(), VFIO_IOMMU_GET_INFO, buffer.data()) < 0)
            return system_failure(errno, "VFIO_IOMMU_GET_INFO");
        std::memcpy(&info, buffer.data(), sizeof info);
        if (info.argsz <= buffer.size()) break;
        buffer.assign(info.argsz, std::byte{});
    }
    page_sizes_ = (info.flags & VFIO_IOMMU_INFO_PGSIZES) != 0 ? info.iova_pgsizes : page_size();
    std::uint32_t at = (info.flags & VFIO_IOMMU_INFO_CAPS) != 0 ? info.cap_offset : 0;
    while (at != 0 && at + sizeof(vfio_iommu_type1_info_cap_iova_range) <= buffer.size()) {
        vfio_iommu_type1_info_cap_iova_range ranges{};
        std::memcpy(&ranges, buffer.data() + at, sizeof ranges);
        if (ranges.header.id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
            std::size_t entry = at + sizeof ranges;
            for (std::uint32_t index = 0;
                 index < ranges.nr_iovas && entry + sizeof(vfio_iova_range) <= buffer.size();
                 ++index, entry += sizeof(vfio_iova_range)) {
                vfio_iova_range range{};
                std::memcpy(&range, buffer.data() + entry, sizeof range);
                usable_.push_back({range.start, range.end});
            }
        }
        at = ranges.header.next;
    }
    if (usable_.empty()) usable_.push_back({0, UINT64_MAX});
    memory_.emplace(*this);
    return {};
}

namespace {

Error refused_mapping(int error, std::uint64_t iova, std::uint64_t size) {
    switch (error) {
        case ENOMEM: return dma::locked_memory_failure(size);
        case EEXIST:
            return failure(ErrorCode::busy,
                           fmt::format("something is mapped at IOVA {:#x} already", iova));
        case ENOSPC:
            return failure(ErrorCode::resource_exhausted,
                           "the kernel keeps no more mappings of this program",
                           "drop some, or raise dma_entry_limit of vfio_iommu_type1");
        case EFAULT:
            return failure(ErrorCode::invalid_argument,
                           "part of the memory is not mapped, or may not be written by this "
                           "process although the device shall, or is a shared file mapping that "
                           "the kernel does not let a device write",
                           "pin it for DeviceAccess::read, or use memory that can be written; a "
                           "file for a device to write lies best on tmpfs or hugetlbfs");
        default: return system_failure(error, "VFIO_IOMMU_MAP_DMA");
    }
}

}  // namespace

Result<void> Group::map(std::uint64_t iova, const dma::Pages& pages, DeviceAccess access) {
    const auto allowed = static_cast<unsigned>(access);
    vfio_iommu_type1_dma_map request{};
    request.argsz = sizeof request;
    request.flags = ((allowed & unsigned(DeviceAccess::read)) != 0 ? VFIO_DMA_MAP_FLAG_READ : 0u) |
                    ((allowed & unsigned(DeviceAccess::write)) != 0 ? VFIO_DMA_MAP_FLAG_WRITE : 0u);
    request.vaddr = reinterpret_cast<std::uintptr_t>(pages.bytes.data());
    request.iova = iova;
    request.size = pages.bytes.size();
    if (system_calls::ioctl(container_.get(), VFIO_IOMMU_MAP_DMA, &request) == 0) return {};
    return refused_mapping(errno, iova, request.size);
}

Result<void> Group::unmap(std::uint64_t iova, std::uint64_t size) {
    vfio_iommu_type1_dma_unmap request{};
    request.argsz = sizeof request;
    request.iova = iova;
    request.size = size;
    if (system_calls::ioctl(container_.get(), VFIO_IOMMU_UNMAP_DMA, &request) < 0)
        return system_failure(errno, "VFIO_IOMMU_UNMAP_DMA");
    if (request.size != size)
        return failure(ErrorCode::io, fmt::format("the kernel has unmapped {:#x} bytes of {:#x}",
                                                  request.size, size));
    return {};
}

namespace {

/// The node is not there, or nothing is behind it.
bool is_no_driver(int error) {
    return error == ENOENT || error == ENODEV || error == ENXIO;
}

Result<FileDescriptor> open_container() {
    FileDescriptor container = system_calls::open(system_path("/dev/vfio/vfio"), O_RDWR);
    if (!container) {
        const int error = errno;
        return system_failure(error, "/dev/vfio/vfio",
                              error == EACCES       ? "sudo chmod 0666 /dev/vfio/vfio"
                              : is_no_driver(error) ? "sudo modprobe vfio-pci"
                                                    : "");
    }
    if (system_calls::ioctl(container.get(), VFIO_GET_API_VERSION, 0) != VFIO_API_VERSION)
        return failure(ErrorCode::unsupported, "the kernel speaks another VFIO version");
    if (system_calls::ioctl(container.get(), VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
        return failure(ErrorCode::unsupported,
                       "the kernel has no VFIO driver for this IOMMU (type 1)",
                       "sudo modprobe vfio_iommu_type1");
    return container;
}

Result<FileDescriptor> open_group_node(std::uint32_t number) {
    const std::string path = fmt::format("/dev/vfio/{}", number);
    FileDescriptor group = system_calls::open(system_path(path), O_RDWR);
    if (group) return group;
    const int error = errno;
    if (error == EBUSY)
        return failure(ErrorCode::busy,
                       fmt::format("another program has {}, the IOMMU group of the device", path),
                       fmt::format("see which: sudo fuser -v {}", path));
    return system_failure(error, path,
                          error == EACCES || error == EPERM
                              ? fmt::format("sudo chown $USER {}", path)
                          : is_no_driver(error) ? "sudo modprobe vfio-pci"
                                                : "");
}

}  // namespace

Result<std::shared_ptr<Group>> open_group(std::uint32_t number) {
    OPENBAR_TRY(container, open_container());
    OPENBAR_TRY(node, open_group_node(number));

    vfio_group_status status{};
    status.argsz = sizeof status;
    if (system_calls::ioctl(node.get(), VFIO_GROUP_GET_STATUS, &status) < 0)
        return system_failure(errno, "VFIO_GROUP_GET_STATUS");
    if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0) {
        std::vector<std::string> members;
        for (const PciFunction& other : vfio::functions_in_the_way_of(number))
            members.push_back(
                fmt::format("{} ({})", other.address.to_string(), other.kernel_driver));
        return failure(ErrorCode::busy,
                       fmt::format("IOMMU group {} is not viable: kernel drivers own {}", number,
                                   members.empty() ? "other devices of it"
                                                   : fmt::format("{}", fmt::join(members, ", "))),
                       "unbind them (openbar unbind), or bind them to vfio-pci too");
    }
    int container_number = container.get();
    if (system_calls::ioctl(node.get(), VFIO_GROUP_SET_CONTAINER, &container_number) < 0)
        return system_failure(errno, "VFIO_GROUP_SET_CONTAINER");
    if (system_calls::ioctl(container.get(), VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
        return system_failure(
            errno, "VFIO_SET_IOMMU",
            errno == EPERM ? "this IOMMU cannot keep interrupts apart; where that is acceptable: "
                             "echo 1 | sudo tee "
                             "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"
                           : "");
    auto group = std::make_shared<Group>(std::move(container), std::move(node));
    OPENBAR_TRY(limits, group->read_limits());
    return group;
}

}  // namespace openbar::vfio
