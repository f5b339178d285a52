// The vfio back end: everything the kernel's VFIO offers for a PCI function.
#include "openbar/configuration.hpp"
#include "openbar/pci_registers.hpp"

#include "backends/access_windows.hpp"
#include "backends/enabled_vectors.hpp"
#include "backends/eventfd_interrupt.hpp"
#include "backends/granted_memory_type.hpp"
#include "backends/open_backend.hpp"
#include "backends/vfio/group_viability.hpp"
#include "backends/vfio/hot_reset.hpp"
#include "backends/vfio/irq_ioctls.hpp"
#include "backends/vfio/no_iommu.hpp"
#include "backends/vfio/opened_device.hpp"
#include "backends/vfio/regions.hpp"
#include "base/failure.hpp"
#include "base/file_mapping.hpp"
#include "base/range.hpp"
#include "base/system_calls.hpp"
#include "base/width_access.hpp"
#include "device/request_check.hpp"
#include "dma/page_memory.hpp"

#include <fmt/format.h>
#include <linux/vfio.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

namespace openbar {
namespace {

Error switched_off() {
    return failure(
        ErrorCode::disabled,
        "VFIO refuses it, as it does when the command register has decoding switched off",
        "switch it on (Device::configuration, command register, 0x3), and see that the "
        "function is in D0");
}

/// For a transfer that gave `done`, not its size.
Error refused(const RegionInfo& region, ssize_t done) {
    const int error = done < 0 ? errno : EIO;
    if (error == EIO && region.index != configuration_region) return switched_off();
    return system_failure(error);
}

Error not_to_be_mapped(Range part) {
    if (part.length == 8)
        return failure(ErrorCode::unsupported,
                       "VFIO makes two 32-bit accesses of a 64-bit one where it maps nothing",
                       "use two 32-bit accesses");
    return failure(ErrorCode::unsupported,
                   "it is in the MSI-X table, which VFIO keeps to itself where it does not map it",
                   "let Device::vector set it up; or look at it through sysfs");
}

class VfioBackend final : public Backend {
public:
    VfioBackend(vfio::OpenedDevice opened, DeviceInfo info, std::vector<vfio::Region> regions)
        : opened_(std::move(opened)),
          info_(std::move(info)),
          regions_(std::move(regions)),
          request_(vfio::watch_for_request(opened_.device)),
          errors_(vfio::watch_for_errors(opened_.device)),
          requests_(opened_.device),
          vectors_(requests_),
          watch_(EndsEveryWait::no,
                 [this](DeviceEvent event) { return vfio::trigger(opened_.device, event); }) {
        watch_.add_departure({request_.get(), POLLIN, 0}, DeviceEvent::removal_requested,
                             "the kernel asks for the device back, to remove or unbind it, and "
                             "waits until this program closes it");
        if (errors_) watch_.add_errors(errors_.get());
    }

    const DeviceInfo& info() const noexcept override { return info_; }
    Result<std::uint64_t> read(const RegionInfo& region, std::uint64_t offset,
                               unsigned width) override;
    Result<void> write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                       std::uint64_t value) override;
    Result<MappedMemory> map(const RegionInfo& region, Range part, MemoryType wanted,
                             bool writable) override;
    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind kind,
                                                    std::uint32_t index) override;
    Result<DeviceMemory> allocate_dma(std::uint64_t size,
                                      const DmaConstraints& constraints) override;
    Result<DeviceMemory> pin(std::span<std::byte> memory, const PinOptions& options) override {
        return dma::give_pinned(*opened_.memory, memory, options, shared_from_this());
    }
    Result<void> set_bus_master(bool enabled) override;
    Result<void> reset() override;
    Result<void> reset_bus() override;
    Result<std::unique_ptr<EventSource>> events() override {
        return watch_.subscribe(shared_from_this());
    }

private:
    [[nodiscard]] const vfio::Region& place_of(const RegionInfo& region) const {
        return *std::ranges::find(regions_, region.index,
                                  [](const vfio::Region& other) { return other.info.index; });
    }
    [[nodiscard]] const RegionInfo& config() const {
        return *std::ranges::find(info_.regions, configuration_region, &RegionInfo::index);
    }
    [[nodiscard]] Result<MappedMemory> map_for(const RegionInfo& region, Range part, bool writable,
                                               std::shared_ptr<const void> keeps) const;
    /// Whether the kernel would not make this access, and not tell: of a 64-bit one it makes two of
    /// 32 bits; the MSI-X table reads as ones, and is not written.
    /// Source: drivers/vfio/pci/vfio_pci_rdwr.c, vfio_pci_core_do_io_rw, until Linux 6.12 at least.
    [[nodiscard]] static bool is_not_made_by_request(const vfio::Region& region,
                                                     std::uint64_t offset, unsigned width) {
        return width == 8 || offset - region.msix_table.offset < region.msix_table.length;
    }
    /// Makes such an access through a mapping.
    template <typename Access>
    [[nodiscard]] Result<void> access_mapped(const RegionInfo& region, Range part, Access access);

    vfio::OpenedDevice opened_;
    DeviceInfo info_;
    std::vector<vfio::Region> regions_;
    FileDescriptor request_;  // readable when the kernel wants the device back
    FileDescriptor errors_;   // readable when the device has reported an error
    vfio::IrqIoctls requests_;
    EnabledVectors vectors_;
    DeviceWatch watch_;
    AccessWindows windows_;
};

template <typename Access>
Result<void> VfioBackend::access_mapped(const RegionInfo& region, Range part, Access access) {
    const auto area = std::ranges::find_if(
        region.mappable, [&](const Range& whole) { return lies_within(part, whole); });
    if (area == region.mappable.end()) return not_to_be_mapped(part);
    OPENBAR_TRY(command, read(config(), configuration::command.offset, 2));
    if ((command & pci::command_memory) == 0) return switched_off();
    OPENBAR_TRY(window, windows_.at({region.index, area->offset}, [&] {
        return map_for(region, *area, region.writable, nullptr);
    }));
    access(window.base + (part.offset - area->offset));
    if (AccessWindows::is_lost(window)) return switched_off();
    return {};
}

Result<std::uint64_t> VfioBackend::read(const RegionInfo& region, std::uint64_t offset,
                                        unsigned width) {
    std::uint64_t value = 0;
    const vfio::Region& place = place_of(region);
    if (is_not_made_by_request(place, offset, width)) {
        const auto load = [&](std::byte* at) { value = load_width(at, width); };
        OPENBAR_TRY(done, access_mapped(region, {offset, width}, load));
        return value;
    }
    const auto done = system_calls::pread(opened_.device, &value, width,
                                          static_cast<off_t>(place.file_offset + offset));
    if (done != static_cast<ssize_t>(width)) return refused(region, done);
    return value;
}

Result<void> VfioBackend::write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                                std::uint64_t value) {
    const vfio::Region& place = place_of(region);
    if (is_not_made_by_request(place, offset, width))
        return access_mapped(region, {offset, width},
                             [&](std::byte* at) { store_width(at, width, value); });
    const auto done = system_calls::pwrite(opened_.device, &value, width,
                                           static_cast<off_t>(place.file_offset + offset));
    if (done != static_cast<ssize_t>(width)) return refused(region, done);
    return {};
}

Result<MappedMemory> VfioBackend::map(const RegionInfo& region, Range part, MemoryType wanted,
                                      bool writable) {
    static_cast<void>(wanted);  // VFIO maps uncached, whatever is asked for
    return map_for(region, part, writable, shared_from_this());
}

Result<MappedMemory> VfioBackend::map_for(const RegionInfo& region, Range part, bool writable,
                                          std::shared_ptr<const void> keeps) const {
    const Range in_file{place_of(region).file_offset + part.offset, part.length};
    OPENBAR_TRY(mapped, map_file(opened_.device, in_file, writable, describe_region(region, info_),
                                 std::move(keeps)));
    const PhysicalRange physical{region.physical_address + part.offset, part.length};
    return MappedMemory{mapped.base, granted_memory_type(physical, MemoryType::uncached),
                        std::move(mapped.owner), mapped.loss};
}

Result<std::unique_ptr<InterruptSource>> VfioBackend::enable(InterruptKind kind,
                                                             std::uint32_t index) {
    const auto& known = *std::ranges::find(info_.vectors, kind, &VectorInfo::kind);
    return EventfdInterrupt::enable(known, index, vectors_, shared_from_this(), watch_);
}

Result<DeviceMemory> VfioBackend::allocate_dma(std::uint64_t size,
                                               const DmaConstraints& constraints) {
    const std::uint64_t mask = opened_.memory->granule() - 1;
    OPENBAR_TRY(pages, dma::PageMemory::allocate((size + mask) & ~mask));
    struct Keeps {
        std::shared_ptr<const void> backend;
        dma::PageMemory pages;
    };
    auto keeps = std::make_shared<const Keeps>(shared_from_this(), std::move(pages));
    return dma::give_buffer(*opened_.memory, {keeps->pages.bytes()}, size, constraints, keeps);
}

Result<void> VfioBackend::set_bus_master(bool enabled) {
    // Its byte alone: other threads may change the rest of the command register.
    OPENBAR_TRY(command, read(config(), configuration::command.offset, 1));
    const auto bit = std::uint64_t{pci::command_bus_master};
    return write(config(), configuration::command.offset, 1,
                 enabled ? command | bit : command & ~bit);
}

Result<void> VfioBackend::reset() {
    if (!info_.capabilities.reset) return not_offered(info_.capabilities.reset);
    if (system_calls::ioctl(opened_.device, VFIO_DEVICE_RESET, 0) < 0)
        return system_failure(errno, "VFIO_DEVICE_RESET");
    watch_.report(DeviceEvent::reset);
    return {};
}

/// The devices that this program has open through VFIO, for resets that affect several of them.
class OpenDevices {
public:
    void add(const std::shared_ptr<VfioBackend>& device) {
        const std::lock_guard guard(mutex_);
        std::erase_if(devices_, [](const auto& open) { return open.expired(); });
        devices_.push_back(device);
    }
    [[nodiscard]] std::vector<std::shared_ptr<VfioBackend>> at(
        std::span<const PciAddress> addresses) {
        const std::lock_guard guard(mutex_);
        std::vector<std::shared_ptr<VfioBackend>> found;
        for (const auto& open : devices_)
            if (auto device = open.lock();
                device && std::ranges::find(addresses, device->info().pci) != addresses.end())
                found.push_back(std::move(device));
        return found;
    }

private:
    std::mutex mutex_;
    std::vector<std::weak_ptr<VfioBackend>> devices_;
};

OpenDevices& open_devices() {
    static OpenDevices all;
    return all;
}

Result<void> VfioBackend::reset_bus() {
    OPENBAR_TRY(functions, vfio::hot_reset(opened_));
    for (const auto& device : open_devices().at(functions))
        device->watch_.report(DeviceEvent::reset);
    return {};
}

Capabilities capabilities_of(std::uint32_t flags, const DeviceInfo& info) {
    Capabilities can;
    can.mapping.offered = std::ranges::any_of(
        info.regions, [](const RegionInfo& region) { return !region.mappable.empty(); });
    if (!can.mapping.offered) can.mapping.why_not = "no region of it can be mapped";
    can.write_combining.why_not = "VFIO maps uncached only";
    if (std::ranges::any_of(info.regions, &RegionInfo::prefetchable))
        can.write_combining.hint = fmt::format(
            "openbar unbind {0}, then sysfs:{0} maps its prefetchable BARs write-combining",
            info.pci->to_string());
    can.configuration.offered = true;
    can.interrupts.offered = !info.vectors.empty();
    if (!can.interrupts.offered) can.interrupts.why_not = "the device has no interrupts";
    can.dma.offered = true;
    can.events.offered = true;
    can.reset.offered = (flags & VFIO_DEVICE_FLAGS_RESET) != 0;
    if (!can.reset.offered)
        can.reset = {.why_not = "VFIO knows no way to reset this function alone",
                     .hint = "Device::reset_bus resets all functions of its bus"};
    return can;
}

Result<void> require_vfio_binding(const PciFunction& function) {
    if (!function.iommu_group)
        return failure(ErrorCode::unsupported,
                       "the device is in no IOMMU group: this machine has no IOMMU, or it is off",
                       "switch it on in the firmware and boot with intel_iommu=on (AMD: on by "
                       "default); or use uio_pci_generic");
    if (vfio::is_without_iommu(function.address))
        return failure(ErrorCode::unsupported,
                       "no IOMMU confines it: VFIO's mode without one (enable_unsafe_noiommu_mode) "
                       "gives it all of the machine's memory",
                       "switch on the IOMMU; or openbar bind it to uio_pci_generic");
    if (vfio::is_vfio_driver(function.kernel_driver)) return {};
    return failure(ErrorCode::unsupported,
                   function.kernel_driver.empty()
                       ? "it is not bound to vfio-pci"
                       : fmt::format("it is bound to {}, not to vfio-pci", function.kernel_driver),
                   fmt::format("openbar bind {} vfio-pci", function.address.to_string()));
}

}  // namespace

OpenedBackend open_vfio(const PciFunction& function, std::string address, OpenOptions options) {
    OPENBAR_TRY(bound, require_vfio_binding(function));
    OPENBAR_TRY(opened, vfio::open_device(function, options.vf_token));
    vfio_device_info device{};
    device.argsz = sizeof device;
    if (system_calls::ioctl(opened.device, VFIO_DEVICE_GET_INFO, &device) < 0)
        return system_failure(errno, "VFIO_DEVICE_GET_INFO");
    OPENBAR_TRY(regions, vfio::read_regions(opened.device, function));

    DeviceInfo info{.address = std::move(address),
                    .backend = BackendKind::vfio,
                    .pci = function.address,
                    .identity = function.identity,
                    .virtual_function = function.virtual_function,
                    .kernel_driver = function.kernel_driver,
                    .iommu_group = function.iommu_group};
    for (const vfio::Region& region : regions) info.regions.push_back(region.info);
    info.vectors = vfio::read_vectors(opened.device);
    info.capabilities = capabilities_of(device.flags, info);
    auto backend =
        std::make_shared<VfioBackend>(std::move(opened), std::move(info), std::move(regions));
    open_devices().add(backend);
    return backend;
}

}  // namespace openbar
