/// The INTx vector of a device behind uio_pci_generic.
#pragma once

#include "backends/sysfs/pci_sysfs.hpp"
#include "base/file_descriptor.hpp"
#include "device/backend.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace openbar {

/// The kernel's handler sets the interrupt-disable bit of the command register when the line
/// fires; whoever waits clears it first. Reading the node gives the number of interrupts so far.
/// Source: Documentation/driver-api/uio-howto.rst of the Linux kernel, "uio_pci_generic".
class UioInterrupt final : public InterruptSource {
public:
    /// `files` belongs to `keeps`. `in_use` is cleared when the vector is given back.
    [[nodiscard]] static Result<std::unique_ptr<InterruptSource>> enable(
        int node, PciSysfs& files, std::shared_ptr<Backend> keeps, std::atomic<bool>& in_use);
    ~UioInterrupt() override;

    InterruptKind kind() const noexcept override { return InterruptKind::intx; }
    std::uint32_t vector() const noexcept override { return 0; }
    Result<std::uint64_t> wait(std::chrono::nanoseconds timeout) override;
    void cancel() noexcept override;
    Result<void> mask() override;
    Result<void> unmask() override;
    Result<void> trigger() override;
    Interrupt::NativeHandle native_handle() const noexcept override { return node_; }

private:
    UioInterrupt(int node, PciSysfs& files, std::shared_ptr<Backend> keeps,
                 std::atomic<bool>& in_use, FileDescriptor cancel_event) noexcept;
    [[nodiscard]] std::string describe(std::string_view verb) const;

    int node_;
    PciSysfs& files_;
    std::shared_ptr<Backend> keeps_;
    std::atomic<bool>& in_use_;
    FileDescriptor cancel_event_;
    std::uint32_t seen_ = 0;
    bool seen_any_ = false;
};

}  // namespace openbar
