#include "backends/vfio/vectors.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>
#include <linux/vfio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace openbar::vfio {
namespace {

/// How many vectors are enabled at first: enough for nearly all programs, so that the set need not
/// be enabled anew, during which an interrupt could be lost.
constexpr std::size_t first_vectors = 16;

std::uint32_t irq_index(InterruptKind kind) {
    switch (kind) {
        case InterruptKind::intx: return VFIO_PCI_INTX_IRQ_INDEX;
        case InterruptKind::msi: return VFIO_PCI_MSI_IRQ_INDEX;
        case InterruptKind::msix: break;
    }
    return VFIO_PCI_MSIX_IRQ_INDEX;
}

}  // namespace

Result<void> Vectors::connect(const VectorInfo& kind, std::uint32_t vector, int event) {
    const std::string attempted =
        fmt::format("enable {} vector {} of {}", to_string(kind.kind), vector, address_);
    const std::lock_guard guard(mutex_);
    if (active_ && *active_ != kind.kind)
        return failure(ErrorCode::busy, attempted,
                       fmt::format("the device is using {} already, and can use one kind at a time",
                                   to_string(*active_)),
                       "let go of those vectors first");
    if (vector < events_.size() && events_[vector] >= 0)
        return failure(ErrorCode::busy, attempted, "this program has it already",
                       "let go of the other Interrupt first");
    if (active_ && vector < events_.size()) {
        if (auto set = set_events(kind.kind, vector, std::span(&event, 1), attempted); !set)
            return set;
        events_[vector] = event;
        return {};
    }
    const std::vector<int> before = events_;
    const std::size_t wanted = std::max<std::size_t>(vector + 1, first_vectors);
    events_.resize(std::min<std::size_t>(wanted, kind.count), -1);
    events_[vector] = event;
    if (active_) disable_kind(kind.kind);
    auto enabled = set_events(kind.kind, 0, events_, attempted);
    if (!enabled && events_.size() > vector + 1u) {
        // The platform may have fewer to give than the device could use.
        events_.resize(vector + 1u);
        enabled = set_events(kind.kind, 0, events_, attempted);
    }
    if (enabled) {
        active_ = kind.kind;
        return {};
    }
    events_ = before;
    if (active_ && !set_events(kind.kind, 0, events_, attempted)) active_.reset();
    return enabled;
}

void Vectors::disconnect(InterruptKind kind, std::uint32_t vector) {
    const std::lock_guard guard(mutex_);
    events_[vector] = -1;
    if (std::ranges::all_of(events_, [](int event) { return event < 0; })) {
        disable_kind(kind);
        active_.reset();
        events_.clear();
        return;
    }
    const int none = -1;
    static_cast<void>(set_events(kind, vector, std::span(&none, 1), "disable a vector"));
}

void Vectors::disable_kind(InterruptKind kind) {
    vfio_irq_set request{};
    request.argsz = sizeof request;
    request.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;
    request.index = irq_index(kind);
    static_cast<void>(system_calls::ioctl(device_, VFIO_DEVICE_SET_IRQS, &request));
}

Result<void> Vectors::set_events(InterruptKind kind, std::uint32_t start,
                                 std::span<const int> events, const std::string& attempted) {
    vfio_irq_set request{};
    std::vector<std::byte> buffer(sizeof request + events.size_bytes());
    request.argsz = static_cast<std::uint32_t>(buffer.size());
    request.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
    request.index = irq_index(kind);
    request.start = start;
    request.count = static_cast<std::uint32_t>(events.size());
    std::memcpy(buffer.data(), static_cast<const void*>(&request), sizeof request);
    std::memcpy(buffer.data() + sizeof request, events.data(), events.size_bytes());
    const int result = system_calls::ioctl(device_, VFIO_DEVICE_SET_IRQS, buffer.data());
    if (result == 0) return {};
    if (result > 0)
        return failure(ErrorCode::resource_exhausted, attempted,
                       fmt::format("the platform has only {} vectors left for it", result));
    return system_failure(errno, attempted, "VFIO_DEVICE_SET_IRQS");
}

Result<void> Vectors::act(InterruptKind kind, std::uint32_t vector, std::uint32_t action,
                          std::string_view verb) {
    vfio_irq_set request{};
    request.argsz = sizeof request;
    request.flags = VFIO_IRQ_SET_DATA_NONE | action;
    request.index = irq_index(kind);
    request.start = vector;
    request.count = 1;
    if (system_calls::ioctl(device_, VFIO_DEVICE_SET_IRQS, &request) == 0) return {};
    const int error = errno;
    const std::string attempted =
        fmt::format("{} {} vector {} of {}", verb, to_string(kind), vector, address_);
    if (error == ENOTTY || (error == EINVAL && kind != InterruptKind::intx))
        return failure(ErrorCode::unsupported, attempted,
                       fmt::format("VFIO cannot {} {} vectors", verb, to_string(kind)));
    return system_failure(error, attempted, "VFIO_DEVICE_SET_IRQS");
}

Result<void> Vectors::mask(InterruptKind kind, std::uint32_t vector) {
    return act(kind, vector, VFIO_IRQ_SET_ACTION_MASK, "mask");
}

Result<void> Vectors::unmask(InterruptKind kind, std::uint32_t vector) {
    return act(kind, vector, VFIO_IRQ_SET_ACTION_UNMASK, "unmask");
}

Result<void> Vectors::trigger(InterruptKind kind, std::uint32_t vector) {
    return act(kind, vector, VFIO_IRQ_SET_ACTION_TRIGGER, "trigger");
}

}  // namespace openbar::vfio
