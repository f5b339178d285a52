// Source: Documentation/userspace-api/iommufd.rst and Documentation/driver-api/vfio.rst of the Linux
// kernel. No kernel of Debian has these interfaces; the tests have a stand-in.
#include "backends/vfio/iommufd.hpp"

#include "backends/sysfs/pci_directory.hpp"
#include "backends/vfio/iommufd_interface.hpp"
#include "base/failure.hpp"
#include "base/file_descriptor.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"
#include "base/system_root.hpp"
#include "dma/locked_memory.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <system_error>

namespace openbar::vfio {
namespace {

/// An address space of iommufd, which the open functions of one group share.
class Ioas final : public dma::Iommu {
public:
    Ioas(std::shared_ptr<const FileDescriptor> iommufd, std::uint32_t id) noexcept
        : iommufd_(std::move(iommufd)), id_(id) {}
    Ioas(const Ioas&) = delete;
    Ioas& operator=(const Ioas&) = delete;
    ~Ioas() override {
        iommufd::Destroy request{.id = id_};
        static_cast<void>(system_calls::ioctl(iommufd_->get(), iommufd::destroy, &request));
    }

    [[nodiscard]] int iommufd() const noexcept { return iommufd_->get(); }
    [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
    /// Once a device is attached, which narrows the ranges.
    [[nodiscard]] Result<void> read_limits();
    [[nodiscard]] bool has_limits() const noexcept { return memory_.has_value(); }
    [[nodiscard]] dma::AddressSpace& memory() noexcept { return *memory_; }

    Result<void> map(std::uint64_t iova, const dma::Pages& pages, DeviceAccess access) override;
    Result<void> unmap(std::uint64_t iova, std::uint64_t size) override;
    std::vector<dma::IovaRange> usable() const override { return usable_; }
    std::uint64_t granule() const override { return std::max(page_size(), alignment_); }

private:
    std::shared_ptr<const FileDescriptor> iommufd_;
    std::uint32_t id_;
    std::vector<dma::IovaRange> usable_;
    std::uint64_t alignment_ = 1;
    std::optional<dma::AddressSpace> memory_;
};

Result<void> Ioas::read_limits() {
    std::vector<iommufd::IovaRange> ranges(16);
    iommufd::IoasRanges request;
    for (;;) {
        request = {.ioas = id_,
                   .count = static_cast<std::uint32_t>(ranges.size()),
                   .ranges = reinterpret_cast<std::uintptr_t>(ranges.data())};
        if (system_calls::ioctl(iommufd_->get(), iommufd::ioas_ranges, &request) == 0) break;
        if (errno != EMSGSIZE || request.count <= ranges.size())
            return system_failure(errno, "IOMMU_IOAS_IOVA_RANGES");
        ranges.resize(request.count);
    }
    ranges.resize(std::min<std::size_t>(request.count, ranges.size()));
    for (const iommufd::IovaRange& range : ranges) usable_.push_back({range.first, range.last});
    alignment_ = request.alignment;
    memory_.emplace(*this);
    return {};
}

Result<void> Ioas::map(std::uint64_t iova, const dma::Pages& pages, DeviceAccess access) {
    const auto allowed = static_cast<unsigned>(access);
    iommufd::IoasMap request{.flags = iommufd::map_at_iova,
                             .ioas = id_,
                             .memory = reinterpret_cast<std::uintptr_t>(pages.bytes.data()),
                             .length = pages.bytes.size(),
                             .iova = iova};
    if ((allowed & unsigned(DeviceAccess::read)) != 0) request.flags |= iommufd::map_readable;
    if ((allowed & unsigned(DeviceAccess::write)) != 0) request.flags |= iommufd::map_writeable;
    if (system_calls::ioctl(iommufd_->get(), iommufd::ioas_map, &request) == 0) return {};
    const int error = errno;
    if (error == ENOMEM) return dma::locked_memory_failure(request.length);
    if (error == EEXIST)
        return failure(ErrorCode::busy,
                       fmt::format("something is mapped at IOVA {:#x} already", iova));
    if (error == EFAULT)
        return failure(ErrorCode::invalid_argument,
                       "part of the memory is not mapped, or the process may not write it");
    return system_failure(error, "IOMMU_IOAS_MAP");
}

Result<void> Ioas::unmap(std::uint64_t iova, std::uint64_t size) {
    iommufd::IoasUnmap request{.ioas = id_, .iova = iova, .length = size};
    if (system_calls::ioctl(iommufd_->get(), iommufd::ioas_unmap, &request) < 0)
        return system_failure(errno, "IOMMU_IOAS_UNMAP");
    if (request.length != size)
        return failure(ErrorCode::io, fmt::format("the kernel has unmapped {:#x} bytes of {:#x}",
                                                  request.length, size));
    return {};
}

/// Over opening and closing.
constinit std::mutex iommufd_mutex;

/// One for all devices of the program: a reset of a bus takes only functions of one iommufd.
Result<std::shared_ptr<const FileDescriptor>> open_iommufd() {
    static std::weak_ptr<const FileDescriptor> present;
    if (auto iommufd = present.lock()) return iommufd;
    FileDescriptor opened = system_calls::open(system_path("/dev/iommu"), O_RDWR);
    if (!opened) {
        const int error = errno;
        return system_failure(error, "/dev/iommu",
                              error == EACCES                      ? "sudo chmod 0666 /dev/iommu"
                              : error == ENOENT || error == ENODEV ? "sudo modprobe iommufd"
                                                                   : "");
    }
    auto iommufd = std::make_shared<const FileDescriptor>(std::move(opened));
    present = iommufd;
    return iommufd;
}

Result<std::shared_ptr<Ioas>> ioas_of(std::uint32_t group) {
    static std::map<std::uint32_t, std::weak_ptr<Ioas>> open_spaces;
    if (auto present = open_spaces[group].lock()) return present;
    OPENBAR_TRY(iommufd, open_iommufd());
    iommufd::IoasAllocate request;
    if (system_calls::ioctl(iommufd->get(), iommufd::ioas_allocate, &request) < 0)
        return system_failure(errno, "IOMMU_IOAS_ALLOC");
    auto ioas = std::make_shared<Ioas>(std::move(iommufd), request.id);
    open_spaces[group] = ioas;
    return ioas;
}

std::set<std::string>& open_functions() {
    static std::set<std::string> functions;
    return functions;
}

/// An open device. The descriptor is closed before the address space goes.
class OpenFunction {
public:
    OpenFunction(std::shared_ptr<Ioas> ioas, FileDescriptor device, std::string name)
        : ioas_(std::move(ioas)), device_(std::move(device)), name_(std::move(name)) {
        open_functions().insert(name_);
    }
    OpenFunction(const OpenFunction&) = delete;
    OpenFunction& operator=(const OpenFunction&) = delete;
    ~OpenFunction() {
        const std::lock_guard guard(iommufd_mutex);
        device_ = FileDescriptor();
        open_functions().erase(name_);
        ioas_.reset();
    }
    [[nodiscard]] int device() const noexcept { return device_.get(); }
    [[nodiscard]] dma::AddressSpace& memory() const noexcept { return ioas_->memory(); }

private:
    std::shared_ptr<Ioas> ioas_;
    FileDescriptor device_;
    std::string name_;
};

Result<FileDescriptor> open_node(const std::string& path) {
    FileDescriptor node = system_calls::open(system_path(path), O_RDWR);
    if (node) return node;
    const int error = errno;
    if (error == EBUSY)
        return failure(ErrorCode::busy, "another program has the device",
                       fmt::format("see which: sudo fuser -v {}", path));
    return system_failure(error, path,
                          error == EACCES ? fmt::format("sudo chown $USER {}", path) : "");
}

Result<void> bind_to(const Ioas& ioas, int device, const PciFunction& function,
                     const std::optional<VfToken>& token) {
    iommufd::BindDevice request{.size = offsetof(iommufd::BindDevice, token),
                                .iommufd = ioas.iommufd()};
    if (token) {
        request.size = sizeof request;
        request.flags = iommufd::bind_with_token;
        request.token = reinterpret_cast<std::uintptr_t>(token->bytes().data());
    }
    if (system_calls::ioctl(device, iommufd::bind_device, &request) < 0) {
        const int error = errno;
        if (error == EBUSY)
            return failure(ErrorCode::busy,
                           "another program has the device, or a kernel driver owns another "
                           "function of its IOMMU group",
                           "bind all functions of the group to vfio-pci, or unbind them");
        if (error == EINVAL && token)
            return failure(ErrorCode::unsupported,
                           "it needs no VF token, or the kernel takes none for device nodes "
                           "(before Linux 6.17)",
                           "open it without a token");
        return refused_device(error, "VFIO_DEVICE_BIND_IOMMUFD", function, token.has_value());
    }
    iommufd::AttachDevice attach{.ioas = ioas.id()};
    if (system_calls::ioctl(device, iommufd::attach_device, &attach) < 0)
        return system_failure(errno, "VFIO_DEVICE_ATTACH_IOMMUFD_PT");
    return {};
}

}  // namespace

std::optional<std::string> device_node(const PciAddress& address) {
    std::error_code error;
    std::filesystem::directory_iterator entries(sysfs::pci_directory(address) + "/vfio-dev", error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
        if (const auto name = entries->path().filename().string(); name.starts_with("vfio"))
            return "/dev/vfio/devices/" + name;
    return std::nullopt;
}

Result<OpenedDevice> open_by_iommufd(const PciFunction& function,
                                     const std::optional<VfToken>& token) {
    const std::lock_guard guard(iommufd_mutex);
    std::string name = function.address.to_string();
    if (open_functions().contains(name))
        return failure(ErrorCode::busy, "this program has it open already",
                       "use that Device: several threads may, and it can be passed on");
    OPENBAR_TRY(ioas, ioas_of(*function.iommu_group));
    OPENBAR_TRY(device, open_node(*device_node(function.address)));
    OPENBAR_TRY(bound, bind_to(*ioas, device.get(), function, token));
    if (!ioas->has_limits()) {
        OPENBAR_TRY(limits, ioas->read_limits());
    }
    const auto open =
        std::make_shared<OpenFunction>(std::move(ioas), std::move(device), std::move(name));
    return OpenedDevice{open->device(), {open, &open->memory()}, Way::iommufd};
}

}  // namespace openbar::vfio
