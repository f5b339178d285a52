/// The enabled vectors of a device behind VFIO, the kernel's or vfio-user's.
///
/// Both enable a whole kind at once: INTx, MSI or MSI-X, with a number of vectors that older
/// kernels cannot change afterwards (VFIO_IRQ_INFO_NORESIZE in linux/vfio.h). This table hides
/// that.
#pragma once

#include "base/opening_process.hpp"
#include "device/backend.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace openbar {

/// What carries the table's requests: an ioctl, or a message.
class VectorRequests {
public:
    virtual ~VectorRequests() = default;
    /// Lets vector `first + i` signal eventfd `events[i]`, or nothing where that is -1. The first
    /// such call enables the kind, with as many vectors as it names.
    virtual Result<void> set_events(InterruptKind kind, std::uint32_t first,
                                    std::span<const int> events) = 0;
    virtual void disable(InterruptKind kind) = 0;
    virtual Result<void> mask(InterruptKind kind, std::uint32_t vector) = 0;
    virtual Result<void> unmask(InterruptKind kind, std::uint32_t vector) = 0;
    virtual Result<void> trigger(InterruptKind kind, std::uint32_t vector) = 0;
};

/// Thread-safe.
class EnabledVectors {
public:
    explicit EnabledVectors(VectorRequests& requests) : requests_(requests) {}

    /// Connects a vector to an eventfd. Errors: busy; resource_exhausted.
    [[nodiscard]] Result<void> connect(const VectorInfo& kind, std::uint32_t vector, int event);
    void disconnect(InterruptKind kind, std::uint32_t vector);
    [[nodiscard]] VectorRequests& requests() noexcept { return requests_; }

private:
    [[nodiscard]] Result<void> enable_with(const VectorInfo& kind, std::uint32_t vector, int event);

    VectorRequests& requests_;
    OpeningProcess process_;
    std::mutex mutex_;
    std::optional<InterruptKind> active_;
    std::vector<int> events_;  // by vector; -1: not in use
};

}  // namespace openbar
