/// The core of openbar.sys: one device, the handles open on it, what each may ask and what it owns.
///
///     Device* device = Device::create(kernel);                   // AddDevice
///     device->start(resources, settings);                        // IRP_MN_START_DEVICE
///     device->open(session, true);                                  // IRP_MJ_CREATE
///     Status status = device->control(*session, request);        // IRP_MJ_DEVICE_CONTROL
///     device->cleanup(*session);                                 // IRP_MJ_CLEANUP
///     device->close(session);                                    // IRP_MJ_CLOSE
///     device->remove();                                          // IRP_MN_REMOVE_DEVICE
///     Device::destroy(device);
///
/// The shell turns IRPs into these calls and decides nothing. Its duties:
///
/// - It holds the remove lock for every IRP from its dispatch routine until its completion, pended
///   ones included, so that `remove` and `destroy` come after the last of them.
/// - All entry points may be called at once from any threads, except that PnP calls (start …
///   remove) come one at a time, as Windows sends them.
/// - Passive entry points are called at PASSIVE_LEVEL without any lock. DO_POWER_PAGABLE, so that
///   `power_down` is one of them. `cancel` and `deferred` may be called at DISPATCH_LEVEL,
///   `interrupt` is called at DIRQL with Lock::interrupt held, as Windows holds the lock given to
///   IoConnectInterrupt(Ex).
/// - The compiler wants `memset`, `memcpy` and `memmove`, which ntoskrnl exports, and
///   `__cxa_pure_virtual`, which the shell defines as a bug check.
#pragma once

#include "driver/core/kernel.hpp"
#include "driver/core/status.hpp"
#include "driver/interface/openbar_permit.h"

#include <cstdint>

namespace openbar::driver {

struct Session;  // one open handle; the shell keeps it in FsContext

enum class RangeKind : std::uint8_t { memory, port };

/// One memory or port range of the resources that Windows has assigned.
struct ResourceRange {
    RangeKind kind = RangeKind::memory;  ///< of the *translated* resource
    bool prefetchable = false;           ///< CM_RESOURCE_MEMORY_PREFETCHABLE
    std::uint64_t raw = 0;               ///< raw start: what the BAR holds
    std::uint64_t start = 0;             ///< translated start
    std::uint64_t length = 0;            ///< bytes; CmResourceTypeMemoryLarge already decoded
};

enum class DeviceKind : std::uint8_t { pci_function, fixed_resources };

/// What Windows gave the device. Filled by the shell at each start.
struct Resources {
    static constexpr std::uint32_t max_ranges = 16;
    DeviceKind kind = DeviceKind::pci_function;
    std::uint32_t range_count = 0;
    ResourceRange ranges[max_ranges]{};
    bool line_interrupt = false;  ///< a line, shared or not
    /// CM_RESOURCE_INTERRUPT_LATCHED: not shared, and nothing to silence. PCI lines never are.
    bool line_is_edge = false;
    std::uint32_t message_interrupts =
        0;                      ///< MSI or MSI-X messages; then `line_interrupt` is false
    bool dma_isolated = false;  ///< an IOMMU is known to confine the device
    std::uint16_t bus = 0;
    std::uint8_t slot = 0;
    std::uint8_t function = 0;
    /// What this image may drive. Null: nothing.
    const volatile openbar_permit* permit = nullptr;
};

/// The administrator's choices, from the device's hardware key, which only administrators write.
struct Settings {
    std::uint32_t dma_policy = OPENBAR_DMA_OFF;  ///< a value it does not know counts as OFF
    std::uint64_t max_dma = 64u << 20;           ///< bytes of buffers and pinned memory together
    /// The INF that installed the device says who may open it. Else Windows lets everybody, and the
    /// core nobody.
    bool opens_are_restricted = false;
    bool sleep_when_closed = false;  ///< with the last handle; else only when a handle asks
};

/// One device control request, decoded from its IRP. It need not outlive the call of `control`.
struct Request {
    std::uint32_t code = 0;
    const void* input = nullptr;  ///< the system buffer
    std::uint32_t input_length = 0;
    /// Buffered: the system buffer again, the same memory as `input`. Direct: nullptr until the
    /// core asks for Kernel::direct_buffer, after everything has been checked.
    void* output = nullptr;
    std::uint32_t output_length = 0;
    void* irp = nullptr;  ///< the shell's own
    /// Set by the core: bytes for IoStatus.Information. 0 unless the status is ok.
    std::uint32_t produced = 0;
};

/// A request that waits. Lives in non-paged memory of the core until it is about to be completed.
struct PendedRequest {
    void* irp = nullptr;  ///< from the Request
    Status status = Status::ok;
    std::uint32_t produced = 0;  ///< bytes for IoStatus.Information
    void* shell[2] = {};         ///< the shell's own
};

class Device {
public:
    /// nullptr: no memory. Passive.
    [[nodiscard]] static Device* create(Kernel& kernel);
    /// After `remove`, when every session is closed. Passive.
    static void destroy(Device* device);

    // Plug and play. Passive.

    /// The lower drivers have started the device: its memory is decoded. policy: this
    /// image may not drive it. Also fails where a range overlaps RAM, and where the kernel has no
    /// memory.
    [[nodiscard]] Status start(const Resources& resources, const Settings& settings);
    /// busy while any handle owns something. Else nothing new can be owned until `cancel_stop`,
    /// `stop` or `start`.
    [[nodiscard]] Status query_stop();
    void cancel_stop();
    /// Takes back all that depends on the resources. Handles stay open, for the next start.
    void stop();
    /// busy while any handle is open.
    [[nodiscard]] Status query_remove();
    void cancel_remove();
    /// The hardware is gone, and its addresses may soon be another's: everything is taken back
    /// without touching the device. When this returns no process can reach them.
    void surprise_remove();
    /// As `stop`, for good. Handles may still be open after a surprise removal.
    void remove();

    // Power. Passive.

    /// Before the device leaves D0: no register access is under way when this returns, and every
    /// mapping is gone. DMA is stopped. Vectors and DMA memory stay.
    void power_down();
    /// The device is in D0 again and the bus driver has restored its configuration space.
    void power_up();

    // Handles. Passive.

    /// policy: nothing restricts who may open it; limit: too many handles; removed; whatever waking the device gave. The current process
    /// becomes the owner. `administrator`: whoever opens it is one, or the system itself.
    [[nodiscard]] Status open(Session*& session, bool administrator);
    /// The last handle was closed, perhaps by another process than the owner: everything that it
    /// owns goes back. Requests that still come are refused.
    void cleanup(Session& session);
    /// The last reference is gone. What `cleanup` did not see is taken back here.
    void close(Session* session);
    /// Whether a handle belongs to `process`. Every exit of a process on the machine asks: this
    /// takes one spin lock and waits for nothing. Up to DISPATCH_LEVEL.
    [[nodiscard]] bool owns(Process process);
    /// `process` is about to end and its addresses still exist (PsSetCreateProcessNotifyRoutine):
    /// what sessions have mapped and pinned there goes back now, since a handle may live on in
    /// another process. Returns at once unless the process owns something.
    void process_exited(Process process);

    /// Answers a request, or pends it: then Kernel::complete ends it, perhaps before this
    /// returns. Passive, in the context of the process that asks.
    [[nodiscard]] Status control(Session& session, Request& request);

    // Below: up to DISPATCH_LEVEL, and DIRQL for `interrupt`.

    /// From the cancel routine, after the cancel spin lock has been released: completes the
    /// request, unless it was never made cancellable.
    void cancel(PendedRequest& pended);
    /// From the interrupt routine; `message` is 0 for a line. False: not this device's.
    [[nodiscard]] bool interrupt(std::uint32_t message);
    /// From the DPC that Kernel::queue_deferred asked for; more calls than asked do no harm.
    void deferred(std::uint32_t message);

    struct State;  // state.hpp: the core's own

private:
    explicit Device(State& state) : state_(state) {}
    ~Device() = default;
    State& state_;
};

}  // namespace openbar::driver
