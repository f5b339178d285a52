/// What the back ends have in common that reach a PCI function through its files in sysfs.
///
/// `sysfs` has nothing else; `uio` adds the interrupt and memory for the device.
#pragma once

#include "openbar/configuration.hpp"
#include "openbar/pci_registers.hpp"

#include "backends/sysfs/pci_sysfs.hpp"

namespace openbar {

class PciSysfsBackend : public Backend {
public:
    [[nodiscard]] const DeviceInfo& info() const noexcept final { return info_; }
    [[nodiscard]] Result<std::uint64_t> read(const RegionInfo& region, std::uint64_t offset,
                                             unsigned width) final {
        return files_->read(region, offset, width);
    }
    [[nodiscard]] Result<void> write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                                     std::uint64_t value) final {
        return files_->write(region, offset, width, value);
    }
    [[nodiscard]] Result<MappedMemory> map(const RegionInfo& region, Range part, MemoryType wanted,
                                           bool writable) final {
        return files_->map(region, part, wanted, writable, shared_from_this());
    }
    [[nodiscard]] Result<void> set_bus_master(bool enabled) final {
        constexpr auto bit = pci::command_bus_master;
        return enabled ? files_->change_command(bit, 0) : files_->change_command(0, bit);
    }
    [[nodiscard]] Result<void> reset() final { return files_->reset(); }

protected:
    PciSysfsBackend(BackendKind kind, std::unique_ptr<PciSysfs> files)
        : files_(std::move(files)), info_(files_->info()) {
        info_.backend = kind;
    }

    std::unique_ptr<PciSysfs> files_;
    DeviceInfo info_;
};

}  // namespace openbar
