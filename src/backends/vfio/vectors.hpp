/// The enabled vectors of one VFIO device.
///
/// VFIO enables a whole kind at once: INTx, MSI or MSI-X, with a number of vectors that older
/// kernels cannot change afterwards (VFIO_IRQ_INFO_NORESIZE in linux/vfio.h). This table hides
/// that.
#pragma once

#include "base/file_descriptor.hpp"
#include "device/backend.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace openbar::vfio {

/// Thread-safe.
class Vectors {
public:
    Vectors(int device, std::string address) : device_(device), address_(std::move(address)) {}

    /// Connects a vector to an eventfd. Errors: busy; resource_exhausted.
    [[nodiscard]] Result<void> connect(const VectorInfo& kind, std::uint32_t vector, int event);
    void disconnect(InterruptKind kind, std::uint32_t vector);

    [[nodiscard]] Result<void> mask(InterruptKind kind, std::uint32_t vector);
    [[nodiscard]] Result<void> unmask(InterruptKind kind, std::uint32_t vector);
    [[nodiscard]] Result<void> trigger(InterruptKind kind, std::uint32_t vector);

private:
    [[nodiscard]] Result<void> enable_all(const VectorInfo& kind, std::size_t count,
                                          const std::string& attempted);
    [[nodiscard]] Result<void> set_events(InterruptKind kind, std::uint32_t start,
                                          std::span<const int> events,
                                          const std::string& attempted);
    [[nodiscard]] Result<void> act(InterruptKind kind, std::uint32_t vector, std::uint32_t action,
                                   std::string_view verb);
    void disable_kind(InterruptKind kind);

    int device_;
    std::string address_;
    std::mutex mutex_;
    std::optional<InterruptKind> active_;
    std::vector<int> events_;  // by vector; -1: not in use
};

}  // namespace openbar::vfio
