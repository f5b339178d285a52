// The uio back end for PCI functions: regions through sysfs, INTx through /dev/uioN.
#include "backends/device_lock.hpp"
#include "backends/open_backend.hpp"
#include "backends/sysfs/pci_directory.hpp"
#include "backends/sysfs/pci_sysfs_backend.hpp"
#include "backends/uio/uio_interrupt.hpp"
#include "backends/uio/uio_node.hpp"
#include "base/failure.hpp"
#include "base/then.hpp"
#include "dma/physical_memory.hpp"

#include <fmt/format.h>

namespace openbar {
namespace {

class UioBackend final : public PciSysfsBackend {
public:
    UioBackend(std::unique_ptr<PciSysfs> files, FileDescriptor node)
        : PciSysfsBackend(BackendKind::uio, std::move(files)), node_(std::move(node)) {
        info_.vectors = {{InterruptKind::intx, 1, true}};
        info_.capabilities.interrupts.offered = true;
        info_.capabilities.dma =
            dma::physical_memory_for(info_.iommu_group, info_.pci->to_string());
    }

    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind, std::uint32_t) override {
        const auto let_through = [this](bool through) {
            const auto bit = configuration::command_interrupt_disable;
            return through ? files_->change_command(0, bit) : files_->change_command(bit, 0);
        };
        return UioInterrupt::enable({node_.get(), info_.address, let_through}, shared_from_this(),
                                    vector_in_use_);
    }
    Result<DeviceMemory> allocate_dma(std::uint64_t size, const DmaConstraints& constraints,
                                      const std::string& attempted) override {
        if (!info_.capabilities.dma) return Backend::allocate_dma(size, constraints, attempted);
        return dma::allocate_physical(size, constraints, attempted, shared_from_this());
    }
    Result<DeviceMemory> pin(std::span<std::byte> memory, const PinOptions& options,
                             const std::string& attempted) override {
        if (!info_.capabilities.dma) return Backend::pin(memory, options, attempted);
        return dma::pin_physical(memory, options, attempted, shared_from_this());
    }

private:
    FileDescriptor node_;
    std::atomic<bool> vector_in_use_ = false;
};

}  // namespace

OpenedBackend open_uio(const PciFunction& function, std::string address, OpenOptions options) {
    const auto number = uio::find_node(sysfs::pci_directory(function.address));
    if (!number)
        return failure(
            ErrorCode::unsupported, fmt::format("open {}", address),
            function.kernel_driver.empty()
                ? "no UIO driver is bound to it"
                : fmt::format("it is bound to {}, not to a UIO driver", function.kernel_driver),
            fmt::format("openbar bind {} uio_pci_generic", function.address.to_string()));
    auto node = uio::open_node(*number, address);
    if (!node) return std::unexpected(std::move(node).error());
    if (!options.shared)
        if (auto locked = lock_device(node->get(), address); !locked)
            return std::unexpected(std::move(locked).error());
    return then(PciSysfs::open(function, address, function.kernel_driver, options),
                [&](std::unique_ptr<PciSysfs> files) -> std::shared_ptr<Backend> {
                    return std::make_shared<UioBackend>(std::move(files), std::move(*node));
                });
}

}  // namespace openbar
