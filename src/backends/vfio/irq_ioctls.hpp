/// VFIO_DEVICE_SET_IRQS: the requests of the vector table as ioctls.
#pragma once

#include "backends/enabled_vectors.hpp"
#include "base/file_descriptor.hpp"

#include <string_view>

namespace openbar::vfio {

class IrqIoctls final : public VectorRequests {
public:
    /// `device` is the VFIO device descriptor, which outlives this.
    explicit IrqIoctls(int device) : device_(device) {}

    Result<void> set_events(InterruptKind kind, std::uint32_t first,
                            std::span<const int> events) override;
    void disable(InterruptKind kind) override;
    Result<void> mask(InterruptKind kind, std::uint32_t vector) override;
    Result<void> unmask(InterruptKind kind, std::uint32_t vector) override;
    Result<void> trigger(InterruptKind kind, std::uint32_t vector) override;

private:
    [[nodiscard]] Result<void> notice_asserted(int event);
    [[nodiscard]] Result<void> act(InterruptKind kind, std::uint32_t vector, std::uint32_t action,
                                   std::string_view verb);

    int device_;
};

/// An eventfd that becomes readable when the kernel asks for the device back, to unbind or remove it.
/// The kernel then waits until the descriptor `device` is closed. Empty if the kernel does not report
/// it (VFIO_PCI_REQ_IRQ_INDEX, in linux/vfio.h since Linux 4.0).
[[nodiscard]] FileDescriptor watch_for_request(int device);

/// A non-blocking eventfd that counts the uncorrectable errors that the device reports (PCI Express
/// AER). Empty for a conventional PCI device.
[[nodiscard]] FileDescriptor watch_for_errors(int device);

/// Lets the kernel signal one of these two.
[[nodiscard]] Result<void> trigger(int device, DeviceEvent event);

}  // namespace openbar::vfio
