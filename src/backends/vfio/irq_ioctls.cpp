#include "backends/vfio/irq_ioctls.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>
#include <linux/vfio.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

namespace openbar::vfio {
namespace {

std::uint32_t irq_index(InterruptKind kind) {
    switch (kind) {
        case InterruptKind::intx: return VFIO_PCI_INTX_IRQ_INDEX;
        case InterruptKind::msi: return VFIO_PCI_MSI_IRQ_INDEX;
        case InterruptKind::msix: break;
    }
    return VFIO_PCI_MSIX_IRQ_INDEX;
}

/// As the ioctl returns.
int signal_by(int device, std::uint32_t index, std::uint32_t first, std::span<const int> events) {
    vfio_irq_set request{};
    std::vector<std::byte> buffer(sizeof request + events.size_bytes());
    request.argsz = static_cast<std::uint32_t>(buffer.size());
    request.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
    request.index = index;
    request.start = first;
    request.count = static_cast<std::uint32_t>(events.size());
    std::memcpy(buffer.data(), static_cast<const void*>(&request), sizeof request);
    std::memcpy(buffer.data() + sizeof request, events.data(), events.size_bytes());
    return system_calls::ioctl(device, VFIO_DEVICE_SET_IRQS, buffer.data());
}

}  // namespace

FileDescriptor watch_for_request(int device) {
    FileDescriptor request(system_calls::eventfd());
    const int event = request.get();
    if (!request || signal_by(device, VFIO_PCI_REQ_IRQ_INDEX, 0, std::span(&event, 1)) != 0)
        return {};
    return request;
}

Result<void> IrqIoctls::set_events(InterruptKind kind, std::uint32_t first,
                                   std::span<const int> events) {
    const int result = signal_by(device_, irq_index(kind), first, events);
    if (result == 0 && kind != InterruptKind::intx) return {};
    if (result == 0) {
        auto noticed = notice_asserted(events[0]);
        if (!noticed) disable(kind);
        return noticed;
    }
    const int error = errno;
    if (result > 0)
        return failure(ErrorCode::resource_exhausted,
                       fmt::format("the platform has only {} vectors left for it", result));
    return system_failure(error, "VFIO_DEVICE_SET_IRQS");
}

// The kernel lets the line through and only then installs its handler. An interrupt controller that
// notices a level as it rises, as QEMU's own I/O APIC does, has then missed a line that is asserted
// already, and with it all that would follow.
Result<void> IrqIoctls::notice_asserted(int event) {
    pollfd fired{event, POLLIN, 0};
    if (event < 0 || system_calls::poll(&fired, 1, std::chrono::nanoseconds(0)) == 1) return {};
    OPENBAR_TRY(masked, mask(InterruptKind::intx, 0));
    return unmask(InterruptKind::intx, 0);
}

void IrqIoctls::disable(InterruptKind kind) {
    vfio_irq_set request{};
    request.argsz = sizeof request;
    request.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;
    request.index = irq_index(kind);
    static_cast<void>(system_calls::ioctl(device_, VFIO_DEVICE_SET_IRQS, &request));
}

Result<void> IrqIoctls::act(InterruptKind kind, std::uint32_t vector, std::uint32_t action,
                            std::string_view verb) {
    vfio_irq_set request{};
    request.argsz = sizeof request;
    request.flags = VFIO_IRQ_SET_DATA_NONE | action;
    request.index = irq_index(kind);
    request.start = vector;
    request.count = 1;
    if (system_calls::ioctl(device_, VFIO_DEVICE_SET_IRQS, &request) == 0) return {};
    const int error = errno;
    if (error == ENOTTY || (error == EINVAL && kind != InterruptKind::intx))
        return failure(ErrorCode::unsupported,
                       fmt::format("VFIO cannot {} {} vectors", verb, to_string(kind)));
    return system_failure(error, "VFIO_DEVICE_SET_IRQS");
}

Result<void> IrqIoctls::mask(InterruptKind kind, std::uint32_t vector) {
    return act(kind, vector, VFIO_IRQ_SET_ACTION_MASK, "mask");
}

Result<void> IrqIoctls::unmask(InterruptKind kind, std::uint32_t vector) {
    return act(kind, vector, VFIO_IRQ_SET_ACTION_UNMASK, "unmask");
}

Result<void> IrqIoctls::trigger(InterruptKind kind, std::uint32_t vector) {
    return act(kind, vector, VFIO_IRQ_SET_ACTION_TRIGGER, "trigger");
}

}  // namespace openbar::vfio
