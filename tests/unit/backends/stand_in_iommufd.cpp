#include "tests/unit/backends/stand_in_iommufd.hpp"

#include "base/system_calls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

namespace openbar {
namespace {

namespace fs = std::filesystem;
using namespace vfio;

/// Twenty allowed ranges, so that a first request with less room is refused.
constexpr std::uint32_t ranges = 20;
constexpr std::uint64_t range_size = 0x100000;

iommufd::IovaRange range(std::uint32_t index) {
    const std::uint64_t first = 0x1000000 + index * 2 * range_size;
    return {first, first + range_size - 1};
}

std::string name_of(int descriptor) {
    std::error_code error;
    return fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), error)
        .filename()
        .string();
}

}  // namespace

StandInIommufd::StandInIommufd(fs::path root) : root_(std::move(root)) {
    fs::create_directories(root_ / "dev/vfio/devices");
    fs::create_directories(root_ / "sys/bus/pci/devices/0000:00:04.0/vfio-dev/vfio7");
    std::ofstream(root_ / "dev/iommu");
    std::ofstream device(root_ / "dev/vfio/devices/vfio7", std::ios::binary);
    device.seekp(configuration_place);
    device << std::string("\x34\x12\xe8\x11\x02\x00\x00\x00", 8) << std::string(248, '\0');
    device.seekp(bar_place);
    device << std::string(0x2000, '\x5a');
    system_calls::set_ioctl_hook_for_tests(
        [this](int descriptor, unsigned long request, void* argument) {
            return answer(descriptor, request, argument);
        });
}

StandInIommufd::~StandInIommufd() {
    system_calls::set_ioctl_hook_for_tests({});
}

int StandInIommufd::refuse(int error, std::string complaint) {
    if (!complaint.empty()) complaints.push_back(std::move(complaint));
    errno = error;
    return -1;
}

bool StandInIommufd::device_is_open() const {
    return std::ranges::any_of(fs::directory_iterator("/proc/self/fd"), [](const auto& entry) {
        return name_of(std::stoi(entry.path().filename().string())) == "vfio7";
    });
}

std::optional<int> StandInIommufd::answer(int descriptor, unsigned long request, void* argument) {
    const std::string name = name_of(descriptor);
    if (name == "iommu") return answer_for_memory(request, argument);
    if (name == "vfio7") return answer_for_device(request, argument);
    return std::nullopt;
}

int StandInIommufd::map(iommufd::IoasMap& request) {
    if (request.size != sizeof request || request.ioas != 3 || request.reserved != 0)
        return refuse(EINVAL, "a malformed request to map");
    if ((request.flags & iommufd::map_at_iova) == 0)
        return refuse(EOPNOTSUPP, "IOVAs that the kernel chooses");
    if (request.iova % 4096 != 0 || request.length % 4096 != 0 || request.length == 0)
        return refuse(EINVAL, "memory that is not whole pages");
    bool allowed = false;
    for (std::uint32_t index = 0; index < ranges; ++index)
        allowed = allowed || (request.iova >= range(index).first &&
                              request.iova + request.length - 1 <= range(index).last);
    if (!allowed) return refuse(EINVAL, "an IOVA outside of the allowed ranges");
    const auto overlaps = [&](const auto& entry) {
        return entry.first < request.iova + request.length &&
               request.iova < entry.first + entry.second.length;
    };
    if (std::ranges::any_of(mapped, overlaps)) return refuse(EEXIST, "an IOVA twice");
    mapped[request.iova] = {request.memory, request.length, request.flags};
    return 0;
}

int StandInIommufd::answer_for_memory(unsigned long request, void* argument) {
    if (request == iommufd::ioas_allocate) {
        auto& allocate = *static_cast<iommufd::IoasAllocate*>(argument);
        if (allocate.size != sizeof allocate || allocate.flags != 0) return refuse(EINVAL);
        if (++spaces > 1) return refuse(ENOMEM, "a second address space for one group");
        allocate.id = 3;
        return 0;
    }
    if (request == iommufd::destroy) {
        const auto& destroy = *static_cast<iommufd::Destroy*>(argument);
        if (destroy.id != 3) return refuse(ENOENT);
        if (attached_ && device_is_open())
            return refuse(EBUSY, "an address space is destroyed before its device is closed");
        if (!mapped.empty()) complaints.emplace_back("memory is mapped for ever");
        attached_ = bound_ = false;
        --spaces;
        return 0;
    }
    if (request == iommufd::ioas_ranges) {
        auto& list = *static_cast<iommufd::IoasRanges*>(argument);
        if (list.size != sizeof list || list.ioas != 3 || list.reserved != 0) return refuse(EINVAL);
        if (!attached_) return refuse(EINVAL, "ranges are asked for before a device narrows them");
        const std::uint32_t room = std::exchange(list.count, ranges);
        auto* const out = reinterpret_cast<iommufd::IovaRange*>(list.ranges);
        for (std::uint32_t index = 0; index < std::min(room, ranges); ++index)
            out[index] = range(index);
        list.alignment = 4096;
        return room < ranges ? refuse(EMSGSIZE) : 0;
    }
    if (request == iommufd::ioas_map) return map(*static_cast<iommufd::IoasMap*>(argument));
    if (request == iommufd::ioas_unmap) {
        auto& unmap = *static_cast<iommufd::IoasUnmap*>(argument);
        const auto found = mapped.find(unmap.iova);
        if (unmap.size != sizeof unmap || found == mapped.end() ||
            found->second.length != unmap.length)
            return refuse(ENOENT, "what was not mapped like this is unmapped");
        mapped.erase(found);
        return 0;
    }
    return refuse(ENOTTY, "an unknown request to iommufd");
}

/// Kernels without tokens know 16 bytes of the structure.
int StandInIommufd::bind(iommufd::BindDevice& request) {
    const bool with_token = (request.flags & iommufd::bind_with_token) != 0;
    if (request.size < 16 || (request.flags & ~iommufd::bind_with_token) != 0)
        return refuse(EINVAL);
    if (with_token && (!knows_tokens || request.size < sizeof request)) return refuse(EINVAL);
    if (name_of(request.iommufd) != "iommu") return refuse(EBADF, "another descriptor");
    if (bound_) return refuse(EINVAL, "bound twice");
    if (token && !with_token) return refuse(EACCES);
    if (!token && with_token) return refuse(EINVAL);
    if (token && std::memcmp(token->data(), reinterpret_cast<const void*>(request.token), 16) != 0)
        return refuse(EACCES);
    bound_ = true;
    request.id = 5;
    return 0;
}

int StandInIommufd::describe_region(vfio_region_info& info) const {
    const bool is_configuration = info.index == VFIO_PCI_CONFIG_REGION_INDEX;
    info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
    info.size = 0;
    if (info.index == 0) {
        info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
        info.size = 0x2000;
        info.offset = bar_place;
    } else if (is_configuration) {
        info.size = 256;
        info.offset = configuration_place;
    }
    return 0;
}

int StandInIommufd::describe_bus(vfio_pci_hot_reset_info& info) const {
    const std::size_t needed = sizeof info + 2 * sizeof(vfio_pci_dependent_device);
    info.flags = all_functions_are_ours ? 3 : 1;
    info.count = 2;
    if (info.argsz < needed) {
        errno = ENOSPC;
        return -1;
    }
    const vfio_pci_dependent_device functions[] = {{5, 0, 0, 0x20}, {6, 0, 0, 0x21}};
    std::memcpy(reinterpret_cast<std::byte*>(&info) + sizeof info, functions, sizeof functions);
    return 0;
}

int StandInIommufd::answer_for_device(unsigned long request, void* argument) {
    if (request == iommufd::bind_device) return bind(*static_cast<iommufd::BindDevice*>(argument));
    if (!bound_) return refuse(EINVAL, "a request before the device is bound");
    if (request == iommufd::attach_device) {
        const auto& attach = *static_cast<iommufd::AttachDevice*>(argument);
        if (attach.size != sizeof attach || attach.flags != 0 || attach.ioas != 3)
            return refuse(EINVAL, "a malformed request to attach");
        attached_ = true;
        return 0;
    }
    if (request == VFIO_DEVICE_GET_INFO) {
        auto& info = *static_cast<vfio_device_info*>(argument);
        info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
        info.num_regions = VFIO_PCI_NUM_REGIONS;
        info.num_irqs = VFIO_PCI_NUM_IRQS;
        return 0;
    }
    if (request == VFIO_DEVICE_GET_REGION_INFO)
        return describe_region(*static_cast<vfio_region_info*>(argument));
    if (request == VFIO_DEVICE_GET_IRQ_INFO) {
        static_cast<vfio_irq_info*>(argument)->count = 0;
        return 0;
    }
    if (request == VFIO_DEVICE_SET_IRQS) return 0;
    if (request == VFIO_DEVICE_GET_PCI_HOT_RESET_INFO)
        return describe_bus(*static_cast<vfio_pci_hot_reset_info*>(argument));
    if (request == VFIO_DEVICE_PCI_HOT_RESET) {
        const auto& reset = *static_cast<vfio_pci_hot_reset*>(argument);
        if (reset.count != 0) return refuse(EINVAL, "groups for a device without groups");
        if (!all_functions_are_ours) return refuse(EINVAL, "a bus with functions of others");
        ++bus_resets;
        return 0;
    }
    return refuse(ENOTTY, "an unknown request to the device");
}

}  // namespace openbar
