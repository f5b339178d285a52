/// What this image may drive, as its signer has written into it, and what no signer may let it.
#pragma once

#include "driver/core/configuration.hpp"
#include "driver/core/device.hpp"
#include "driver/interface/openbar_permit.h"

namespace openbar::driver {

class Permit {
public:
    /// Of the image. It is read field by field: its content is decided after it is compiled.
    explicit Permit(const volatile openbar_permit* image) : image_(image) {}

    /// The one device with these resources. policy: it is not among those permitted, or is part of
    /// the machine.
    [[nodiscard]] Status check(const Resources& resources, const Configuration& space) const;
    [[nodiscard]] bool allows_dma_without_iommu() const;

private:
    [[nodiscard]] bool is_filled() const;
    [[nodiscard]] bool has_function(const Configuration& space) const;
    [[nodiscard]] bool has_range(const ResourceRange& range) const;

    const volatile openbar_permit* image_;
};

/// Bridges, and functions through which the whole machine is controlled: never a program's. By
/// their classes one by one, because FPGA cards carry "other" of memory controllers, bridges, system
/// peripherals and signal processing (0580, 0680, 0880, 1180).
[[nodiscard]] bool is_never_a_programs(const Configuration& space);

}  // namespace openbar::driver
