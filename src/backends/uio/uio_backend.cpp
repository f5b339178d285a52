// The uio back end for PCI functions: regions through sysfs, INTx through /dev/uioN.
#include "backends/device_lock.hpp"
#include "backends/open_backend.hpp"
#include "backends/sysfs/attribute.hpp"
#include "backends/sysfs/pci_directory.hpp"
#include "backends/sysfs/pci_sysfs_backend.hpp"
#include "backends/uio/uio_interrupt.hpp"
#include "backends/uio/uio_node.hpp"
#include "base/failure.hpp"
#include "dma/physical_memory.hpp"

#include <fmt/format.h>

namespace openbar {
namespace {

/// Whether uio_pci_generic was given an interrupt, as the kernel decides it.
/// Source: drivers/uio/uio_pci_generic.c, probe; IRQ_NOTCONNECTED of linux/interrupt.h.
bool has_line(const PciAddress& address) {
    constexpr std::uint64_t not_connected = 1u << 31;
    const auto irq = sysfs::read_number(sysfs::pci_directory(address) + "/irq");
    return !irq || (*irq != 0 && *irq != not_connected);
}

class UioBackend final : public PciSysfsBackend {
public:
    /// Without a node: opened shared.
    UioBackend(std::unique_ptr<PciSysfs> files, FileDescriptor node)
        : PciSysfsBackend(BackendKind::uio, std::move(files)), node_(std::move(node)) {
        if (info_.kernel_driver != "uio_pci_generic" || has_line(*info_.pci)) {
            info_.vectors = {{InterruptKind::intx, 1, true}};
            info_.capabilities.interrupts.offered = true;
        } else {
            info_.capabilities.interrupts.why_not =
                "the kernel has no interrupt line for it: the device has no pin, or none that "
                "leads anywhere";
        }
        info_.capabilities.dma =
            dma::physical_memory_for(info_.iommu_group, info_.pci->to_string());
    }

    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind, std::uint32_t) override {
        if (!node_)
            return failure(ErrorCode::busy,
                           "it is opened shared, and closing its UIO node would end the bus "
                           "mastering of whoever works it",
                           "open it alone");
        return UioInterrupt::enable(line(), shared_from_this(), vector_in_use_);
    }
    Result<DeviceMemory> allocate_dma(std::uint64_t size,
                                      const DmaConstraints& constraints) override {
        if (!info_.capabilities.dma) return Backend::allocate_dma(size, constraints);
        return dma::allocate_physical(size, constraints, shared_from_this());
    }
    Result<DeviceMemory> pin(std::span<std::byte> memory, const PinOptions& options) override {
        if (!info_.capabilities.dma) return Backend::pin(memory, options);
        return dma::pin_physical(memory, options, shared_from_this());
    }

private:
    [[nodiscard]] UioLine line() {
        if (info_.kernel_driver != "uio_pci_generic")
            return line_switched_by_its_node(node_.get(), info_.address);
        return {node_.get(), info_.address, [this](bool through) {
                    const auto bit = pci::command_interrupt_disable;
                    return through ? files_->change_command(0, bit)
                                   : files_->change_command(bit, 0);
                }};
    }

    FileDescriptor node_;
    std::atomic<bool> vector_in_use_ = false;
};

}  // namespace

OpenedBackend open_uio(const PciFunction& function, std::string address, OpenOptions options) {
    const auto number = uio::find_node(sysfs::pci_directory(function.address));
    if (!number)
        return failure(
            ErrorCode::unsupported,
            function.kernel_driver.empty()
                ? "no UIO driver is bound to it"
                : fmt::format("it is bound to {}, not to a UIO driver", function.kernel_driver),
            fmt::format("openbar bind {} uio_pci_generic", function.address.to_string()));
    // First, for it takes the lock: who opens the node and closes it again, as a refused second
    // opener would, ends the bus mastering of the program that works the device (drivers/uio/
    // uio_pci_generic.c, release).
    OPENBAR_TRY(files,
                PciSysfs::open(function, std::move(address), function.kernel_driver, options));
    FileDescriptor node;
    if (!options.shared) {
        OPENBAR_TRY(opened, uio::open_node(*number));
        OPENBAR_TRY(locked, lock_device(opened.get()));
        node = std::move(opened);
    }
    return std::make_shared<UioBackend>(std::move(files), std::move(node));
}

}  // namespace openbar
