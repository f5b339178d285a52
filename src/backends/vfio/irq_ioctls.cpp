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

/// As the ioctl returns.
int act_on(int device, std::uint32_t index, std::uint32_t vector, std::uint32_t action) {
    vfio_irq_set request{};
    request.argsz = sizeof request;
    request.flags = VFIO_IRQ_SET_DATA_NONE | action;
    request.index = index;
    request.start = vector;
    request.count = 1;
    return system_calls::ioctl(device, VFIO_DEVICE_SET_IRQS, &request);
}

/// The eventfd, if the kernel signals it.
FileDescriptor connected(int device, std::uint32_t index, FileDescriptor eventfd) {
    const int event = eventfd.get();
    if (!eventfd || signal_by(device, index, 0, std::span(&event, 1)) != 0) return {};
    return eventfd;
}

}  // namespace

FileDescriptor watch_for_request(int device) {
    return connected(device, VFIO_PCI_REQ_IRQ_INDEX, FileDescriptor(system_calls::eventfd()));
}

FileDescriptor watch_for_errors(int device) {
    return connected(device, VFIO_PCI_ERR_IRQ_INDEX,
                     FileDescriptor(system_calls::non_blocking_eventfd()));
}

Result<void> trigger(int device, DeviceEvent event) {
    const bool is_error = event == DeviceEvent::error;
    if (act_on(device, is_error ? VFIO_PCI_ERR_IRQ_INDEX : VFIO_PCI_REQ_IRQ_INDEX, 0,
               VFIO_IRQ_SET_ACTION_TRIGGER) == 0)
        return {};
    return system_failure(errno, "VFIO_DEVICE_SET_IRQS");
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
    if (act_on(device_, irq_index(kind), vector, action) == 0) return {};
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
