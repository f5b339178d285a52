/// Memory for the device, from the driver's DMA adapter, which also chooses its bus addresses.
#pragma once

#include "backends/windows/driver_handle.hpp"
#include "device/backend.hpp"

#include <memory>
#include <span>

namespace openbar::windows {

/// `driver` belongs to `keeps`.
[[nodiscard]] Result<DeviceMemory> allocate_bus_memory(const DriverHandle& driver,
                                                       std::uint64_t size,
                                                       const DmaConstraints& constraints,
                                                       std::shared_ptr<const Backend> keeps);
[[nodiscard]] Result<DeviceMemory> pin_memory(const DriverHandle& driver,
                                              std::span<std::byte> memory,
                                              const PinOptions& options,
                                              std::shared_ptr<const Backend> keeps);

}  // namespace openbar::windows
