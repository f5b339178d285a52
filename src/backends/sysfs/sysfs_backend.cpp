// The sysfs back end: a PCI function that no driver is bound to. No interrupts, no DMA.
#include "openbar/configuration.hpp"

#include "backends/open_backend.hpp"
#include "backends/sysfs/pci_sysfs.hpp"
#include "base/failure.hpp"
#include "base/then.hpp"

#include <fmt/format.h>

namespace openbar {
namespace {

class SysfsBackend final : public Backend {
public:
    explicit SysfsBackend(std::unique_ptr<PciSysfs> files)
        : files_(std::move(files)), info_(files_->info()) {
        info_.backend = BackendKind::sysfs;
        info_.capabilities.interrupts.why_not =
            fmt::format("sysfs offers no interrupts: openbar bind {} vfio-pci (or uio_pci_generic)",
                        info_.pci->to_string());
    }

    const DeviceInfo& info() const noexcept override { return info_; }
    Result<std::uint64_t> read(const RegionInfo& region, std::uint64_t offset,
                               unsigned width) override {
        return files_->read(region, offset, width);
    }
    Result<void> write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                       std::uint64_t value) override {
        return files_->write(region, offset, width, value);
    }
    Result<MappedMemory> map(const RegionInfo& region, Range part, MemoryType wanted,
                             bool writable) override {
        return files_->map(region, part, wanted, writable, shared_from_this());
    }
    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind, std::uint32_t) override {
        return failure(ErrorCode::unsupported,
                       fmt::format("enable an interrupt of {}", info_.address),
                       info_.capabilities.interrupts.why_not);
    }
    Result<void> set_bus_master(bool enabled) override {
        const auto bit = configuration::command_bus_master;
        return enabled ? files_->change_command(bit, 0) : files_->change_command(0, bit);
    }
    Result<void> reset() override { return files_->reset(); }

private:
    std::unique_ptr<PciSysfs> files_;
    DeviceInfo info_;
};

}  // namespace

OpenedBackend open_sysfs(const PciFunction& function, std::string address, OpenOptions options) {
    return then(PciSysfs::open(function, std::move(address), "", options),
                [](std::unique_ptr<PciSysfs> files) -> std::shared_ptr<Backend> {
                    return std::make_shared<SysfsBackend>(std::move(files));
                });
}

}  // namespace openbar
