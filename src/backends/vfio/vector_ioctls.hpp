/// VFIO_DEVICE_SET_IRQS: the requests of the vector table as ioctls.
#pragma once

#include "backends/vectors.hpp"

#include <string>

namespace openbar::vfio {

class VectorIoctls final : public VectorControl {
public:
    /// `device` is the VFIO device descriptor, which outlives this.
    VectorIoctls(int device, std::string address) : device_(device), address_(std::move(address)) {}

    Result<void> set_events(InterruptKind kind, std::uint32_t first,
                            std::span<const int> events) override;
    void disable(InterruptKind kind) override;
    Result<void> mask(InterruptKind kind, std::uint32_t vector) override;
    Result<void> unmask(InterruptKind kind, std::uint32_t vector) override;
    Result<void> trigger(InterruptKind kind, std::uint32_t vector) override;

private:
    [[nodiscard]] Result<void> act(InterruptKind kind, std::uint32_t vector, std::uint32_t action,
                                   std::string_view verb);

    int device_;
    std::string address_;
};

}  // namespace openbar::vfio
