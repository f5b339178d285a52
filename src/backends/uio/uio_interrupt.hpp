/// The interrupt of a device behind UIO: INTx behind uio_pci_generic, a platform device's line
/// behind uio_pdrv_genirq.
#pragma once

#include "backends/maskable_interrupt.hpp"
#include "base/file_descriptor.hpp"
#include "base/opening_process.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace openbar {

/// An open UIO node, and how its interrupt is let through or kept back.
struct UioLine {
    int node = -1;
    std::string address;  ///< of the device, for messages
    std::function<Result<void>(bool through)> let_through;
};

/// Writes 1 or 0 to the node, which is what it is for where the driver offers it. A driver that
/// does not (ENOSYS) lets its line through by itself.
[[nodiscard]] UioLine line_switched_by_its_node(int node, std::string address);

/// The kernel's handler keeps the line back when it fires; whoever waits lets it through first.
/// Reading the node gives the number of interrupts so far.
/// Source: Documentation/driver-api/uio-howto.rst of the Linux kernel, "/dev/uioX" and
/// "uio_pci_generic"; drivers/uio/uio_pdrv_genirq.c.
class UioInterrupt final : public MaskableInterrupt {
public:
    /// `keeps` keeps the node. `in_use` is cleared when the vector is given back.
    [[nodiscard]] static Result<std::unique_ptr<InterruptSource>> enable(
        UioLine line, std::shared_ptr<Backend> keeps, std::atomic<bool>& in_use);
    ~UioInterrupt() override;

    WaitHandles handles() const noexcept override {
        return {{line_.node, POLLIN, 0}, {cancel_event_.get(), POLLIN, 0}};
    }
    Result<std::uint64_t> take(std::span<const WaitHandle> signalled) override;
    void cancel() noexcept override;
    Result<void> trigger() override;
    Interrupt::NativeHandle native_handle() const noexcept override { return line_.node; }

private:
    UioInterrupt(UioLine line, std::shared_ptr<Backend> keeps, std::atomic<bool>& in_use,
                 FileDescriptor cancel_event) noexcept;
    Result<void> let_through(bool through) override { return line_.let_through(through); }

    UioLine line_;
    std::shared_ptr<Backend> keeps_;
    std::atomic<bool>& in_use_;
    FileDescriptor cancel_event_;
    OpeningProcess process_;
    std::uint32_t seen_ = 0;
    bool seen_any_ = false;
};

}  // namespace openbar
