// The devmem back end: physical ranges through /dev/mem, for what has no driver and no node of
// its own, and the register blocks and the interrupt of a platform device through its UIO node. No
// configuration space.
#include "backends/access_windows.hpp"
#include "backends/device_lock.hpp"
#include "backends/granted_memory_type.hpp"
#include "backends/open_backend.hpp"
#include "backends/sysfs/pci_directory.hpp"
#include "backends/uio/uio_interrupt.hpp"
#include "base/failure.hpp"
#include "base/file_descriptor.hpp"
#include "base/file_mapping.hpp"
#include "base/range.hpp"
#include "base/system_calls.hpp"
#include "base/system_root.hpp"
#include "base/width_access.hpp"
#include "device/request_check.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <vector>

namespace openbar {
namespace {

class DevmemBackend final : public Backend {
public:
    /// `lock` is held as long as this lives; empty where locks on `memory` do.
    DevmemBackend(FileDescriptor memory, DeviceInfo info, std::vector<std::uint64_t> places,
                  FileDescriptor lock)
        : lock_(std::move(lock)),
          memory_(std::move(memory)),
          info_(std::move(info)),
          places_(std::move(places)) {}

    const DeviceInfo& info() const noexcept override { return info_; }

    Result<std::uint64_t> read(const RegionInfo& region, std::uint64_t offset,
                               unsigned width) override {
        OPENBAR_TRY(all, window(region));
        return load_width(all.base + offset, width);
    }
    Result<void> write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                       std::uint64_t value) override {
        OPENBAR_TRY(all, window(region));
        store_width(all.base + offset, width, value);
        return {};
    }
    Result<MappedMemory> map(const RegionInfo& region, Range part, MemoryType,
                             bool writable) override {
        return map_part(region, part, writable, shared_from_this());
    }
    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind, std::uint32_t) override {
        if (info_.vectors.empty()) return not_offered(info_.capabilities.interrupts);
        return UioInterrupt::enable(line_switched_by_its_node(memory_.get(), info_.address),
                                    shared_from_this(), vector_in_use_);
    }
    Result<void> set_bus_master(bool) override {
        return not_offered(info_.capabilities.configuration);
    }
    Result<void> reset() override { return not_offered(info_.capabilities.reset); }

private:
    Result<MappedMemory> map_part(const RegionInfo& region, Range part, bool writable,
                                  std::shared_ptr<const void> keeps);
    /// A mapping of the whole region for request access, made on first use.
    Result<MappedMemory> window(const RegionInfo& region);
    [[nodiscard]] std::size_t place_of(const RegionInfo& region) const {
        return static_cast<std::size_t>(
            std::ranges::find(info_.regions, region.index, &RegionInfo::index) -
            info_.regions.begin());
    }

    FileDescriptor lock_;
    FileDescriptor memory_;
    DeviceInfo info_;
    std::vector<std::uint64_t> places_;  // of each region in the file
    AccessWindows windows_;
    std::atomic<bool> vector_in_use_ = false;
};

Result<MappedMemory> DevmemBackend::map_part(const RegionInfo& region, Range part, bool writable,
                                             std::shared_ptr<const void> keeps) {
    const PhysicalRange physical{region.physical_address + part.offset, part.length};
    auto mapped = map_file(memory_.get(), {places_[place_of(region)] + part.offset, part.length},
                           writable, describe_region(region, info_), std::move(keeps));
    if (mapped)
        return MappedMemory{mapped->base, granted_memory_type(physical, MemoryType::uncached),
                            std::move(mapped->owner), mapped->loss};
    if (mapped.error().system_error != EPERM || info_.backend != BackendKind::devmem)
        return std::move(mapped).error();
    return failure(ErrorCode::permission_denied,
                   "the kernel keeps /dev/mem from RAM and from what a driver claims "
                   "(CONFIG_STRICT_DEVMEM, CONFIG_IO_STRICT_DEVMEM, lockdown)",
                   "see in /proc/iomem who owns the range; for a PCI card use its address instead");
}

Result<MappedMemory> DevmemBackend::window(const RegionInfo& region) {
    return windows_.at({region.index, 0}, [&] {
        return map_part(region, {0, region.size}, true, nullptr);
    });
}

/// Locks part of the file: /dev/mem is one file for all, so the lock is on its bytes.
Result<void> lock_range(int memory, PhysicalRange range, const std::string& node) {
    if (!lies_within({range.address, range.length}, INT64_MAX)) return {};
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(range.address);
    lock.l_len = static_cast<off_t>(range.length);
    if (::fcntl(memory, F_OFD_SETLK, &lock) == 0) return {};
    const int error = errno;
    if (error != EAGAIN && error != EACCES) return system_failure(error, "lock of " + node);
    return failure(ErrorCode::busy,
                   "another program has this range, or a part of it, open through openbar",
                   "end that program, or open it shared (OpenOptions::shared, --shared)");
}

/// `places` are those of the regions in the file of `node`.
OpenedBackend open_node(DeviceInfo info, const std::string& node, std::vector<std::uint64_t> places,
                        const std::string& hint, OpenOptions options, FileDescriptor lock = {}) {
    FileDescriptor memory = system_calls::open(system_path(node), O_RDWR | O_SYNC);
    if (!memory) {
        const int error = errno;
        return system_failure(error, node, error == ENOENT ? "" : hint);
    }
    if (!options.shared)
        for (std::size_t at = 0; at < places.size(); ++at) {
            const PhysicalRange range{places[at], info.regions[at].size};
            OPENBAR_TRY(locked, lock_range(memory.get(), range, node));
        }
    Capabilities& can = info.capabilities;
    can.mapping.offered = true;
    can.write_combining.why_not = node + " maps uncached only";
    can.configuration.why_not = "a physical range has no configuration space";
    if (info.pci)
        can.configuration = {.why_not = "/dev/mem leads to memory only",
                             .hint = fmt::format("sysfs:{}", info.pci->to_string())};
    can.interrupts.offered = !info.vectors.empty();
    if (!can.interrupts)
        can.interrupts.why_not = info.backend == BackendKind::devmem
                                     ? "/dev/mem offers no interrupts"
                                     : "its node in the device tree names no interrupt";
    can.dma.why_not = node + " gives a device no memory";
    can.events.why_not = node + " reports no events";
    can.reset.why_not = "a physical range cannot be reset";
    return std::make_shared<DevmemBackend>(std::move(memory), std::move(info), std::move(places),
                                           std::move(lock));
}

OpenedBackend open_regions(DeviceInfo info, OpenOptions options, FileDescriptor lock = {}) {
    info.backend = BackendKind::devmem;
    std::vector<std::uint64_t> places;
    for (const RegionInfo& region : info.regions) places.push_back(region.physical_address);
    return open_node(std::move(info), "/dev/mem", std::move(places),
                     "run it as root; /dev/mem is not for others", options, std::move(lock));
}

DeviceInfo describe(const PlatformPeripheral& peripheral, std::string address) {
    DeviceInfo info{.address = std::move(address)};
    for (const PeripheralRegisters& block : peripheral.registers) {
        const auto index = static_cast<RegionIndex>(info.regions.size());
        info.regions.push_back(
            {.index = index,
             .name = block.name.empty() ? fmt::format("reg{}", index) : block.name,
             .size = block.physical->length,
             .mappable = {{0, block.physical->length}},
             .physical_address = block.physical->address});
    }
    return info;
}

}  // namespace

OpenedBackend open_devmem(PhysicalRange range, std::string address, OpenOptions options) {
    if (!lies_within({range.address, range.length}, INT64_MAX))
        return failure(ErrorCode::out_of_range, "no machine has physical addresses above 2^63");
    DeviceInfo info{.address = std::move(address)};
    info.regions = {{.index = 0,
                     .name = "bar0",
                     .size = range.length,
                     .mappable = {{0, range.length}},
                     .physical_address = range.address}};
    return open_regions(std::move(info), options);
}

OpenedBackend open_devmem(const PlatformPeripheral& peripheral, std::string address,
                          OpenOptions options) {
    return open_regions(describe(peripheral, std::move(address)), options);
}

OpenedBackend open_platform_uio(const PlatformPeripheral& peripheral,
                                std::vector<std::uint64_t> places, std::string address,
                                OpenOptions options) {
    DeviceInfo info = describe(peripheral, std::move(address));
    info.backend = BackendKind::uio;
    // UIO hands on the first one.
    if (peripheral.has_interrupt) info.vectors = {{InterruptKind::intx, 1, true}};
    const std::string node = "/dev/" + peripheral.uio;
    return open_node(std::move(info), node, std::move(places),
                     fmt::format("sudo chown $USER {}", node), options);
}

namespace {

/// The lock that `sysfs` and `uio` take too, and what they refuse.
Result<FileDescriptor> lock_function(const PciFunction& function, RegionIndex region) {
    if (!function.kernel_driver.empty() && function.kernel_driver != "uio_pci_generic")
        return failure(ErrorCode::busy,
                       fmt::format("the kernel driver {} owns the device", function.kernel_driver),
                       fmt::format("openbar unbind {}", function.address.to_string()));
    const std::string path =
        fmt::format("{}/resource{}", sysfs::pci_directory(function.address), region);
    FileDescriptor file = system_calls::open(path, O_RDWR);
    if (!file) return system_failure(errno, path, "run it as root");
    OPENBAR_TRY(locked, lock_device(file.get()));
    return file;
}

}  // namespace

OpenedBackend open_devmem(const PciFunction& function, std::string address, OpenOptions options) {
    DeviceInfo info{.address = std::move(address),
                    .pci = function.address,
                    .identity = function.identity,
                    .kernel_driver = function.kernel_driver,
                    .iommu_group = function.iommu_group};
    for (RegionInfo region : function.regions) {
        if (region.kind != RegionKind::memory || region.physical_address == 0 ||
            region.index == rom_region)
            continue;
        region.mappable = {{0, region.size}};
        info.regions.push_back(std::move(region));
    }
    if (info.regions.empty())
        return failure(ErrorCode::not_found, "it has no memory BAR with an address",
                       "use sysfs: for port I/O");
    if (options.shared) return open_regions(std::move(info), options);
    OPENBAR_TRY(lock, lock_function(function, info.regions.front().index));
    return open_regions(std::move(info), options, std::move(lock));
}

}  // namespace openbar
