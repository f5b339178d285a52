/// One interrupt of a device, to wait for.
///
///     device.set_bus_master(true).value();                 // MSI and MSI-X are writes to memory
///     auto done = device.vector(0).value();                // MSI-X, MSI or INTx, as the card has
///     registers.modify<edu::Status>(edu::Status::InterruptWhenDone{true});
///     registers.write<edu::Factorial>(10);
///     auto count = done.wait(1s);                          // how often it fired
///     if (!count) { std::cerr << count.error() << "\n"; return 1; }
///     registers.write<edu::InterruptAcknowledge>(registers.read<edu::InterruptStatus>().value());
///
/// In an event loop, wait until `native_handle()` is readable. Then take the count with `wait(0ms)`
/// and acknowledge the cause in the device's registers. After INTx, also call `unmask()`: the
/// kernel masks the line when it fires. To wait for several interrupts at once, see `wait_any.hpp`.
#pragma once

#include "openbar/result.hpp"
#include "openbar/timeout.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string_view>

namespace openbar {

class InterruptSource;

enum class InterruptKind : std::uint8_t { intx, msi, msix };

/// "intx", "msi", "msix".
std::string_view to_string(InterruptKind kind) noexcept;

/// The vectors of one kind that a device has.
struct VectorInfo {
    InterruptKind kind = InterruptKind::intx;
    std::uint32_t count = 0;  ///< vectors 0…count-1
    bool maskable = false;    ///< mask() and unmask() work on a vector of this kind
};

/// One enabled vector. The destructor disables it. It keeps its device open.
///
/// Thread-safety: one thread may wait, a second one gets `busy`; any thread may call the other
/// members at the same time. End the wait with `cancel` or a stop token before moving or destroying
/// the object. Different vectors are independent.
///
/// Through vfio, the first vector of a kind enables 16 vectors, or all that the device has. A
/// vector with a higher number enables the kind again with more, and interrupts of the device in
/// that moment may be lost. Take the highest vector first.
class Interrupt {
public:
#ifdef _WIN32
    using NativeHandle = void*;  ///< a manual-reset event
#else
    using NativeHandle = int;  ///< a file descriptor for poll(), readable if one is pending
#endif
    Interrupt(Interrupt&&) noexcept;
    Interrupt& operator=(Interrupt&&) noexcept;
    ~Interrupt();

    [[nodiscard]] InterruptKind kind() const noexcept;
    [[nodiscard]] std::uint32_t vector() const noexcept;

    /// Waits until the vector fires and returns how often it has fired since the last wait: at
    /// least 1. Returns at once if an interrupt is pending. A timeout of zero or less does not
    /// wait. 292 years or more, such as `std::chrono::hours::max()`, means no limit (see
    /// `timeout.hpp`). The wait never ends early; Windows rounds the timeout up to milliseconds.
    ///
    /// INTx is level-triggered: the kernel masks it when it fires, and the next `wait` unmasks it
    /// unless `mask` was called. Acknowledge the cause in the device's registers before waiting
    /// again; otherwise it fires again at once. So does a line that an earlier program left
    /// asserted. If the line is shared, or the kernel does not count while it is masked, a count of
    /// 1 may stand for several.
    ///
    /// `stop` ends this wait with `cancelled` once a stop is requested, also if that was before the
    /// call. Pending interrupts are left for the next wait. Linux wakes at once; Windows polls the
    /// token every 10 ms.
    ///
    /// Errors: timed_out; cancelled; busy (another thread waits for it); removed; io. `removed`
    /// means: uio: the device and its node have gone; vfio_user: the server has gone; Windows: the
    /// device was removed; vfio: the device is being unplugged or unbound, and the kernel waits until
    /// the program has closed it. `io` also means that the device has reported an error that it
    /// cannot correct (`DeviceEvent::error`): one wait for each vector returns it. Through vfio, a
    /// wait without a limit and without a stop token is a bare read of the native handle and detects
    /// neither: use a limit, even of years, if it matters.
    [[nodiscard]] Result<std::uint64_t> wait(Timeout timeout, std::stop_token stop = {});

    /// Makes the current `wait`, or else the next one, return `cancelled`. Several calls cancel one
    /// wait. The wait after it returns the interrupts that fired in between.
    void cancel() noexcept;

    /// Stops and restarts delivery. A masked vector stays masked until `unmask`, also during a
    /// `wait`. After `unmask` an asserted line fires at once; a message that was sent while the
    /// vector was masked may be delivered late or lost, depending on device and kernel. Programs
    /// that wait on `native_handle()` call `unmask` to re-arm INTx. Repeated calls have no further
    /// effect. Error: unsupported if the kind is not maskable (`VectorInfo`).
    [[nodiscard]] Result<void> mask();
    [[nodiscard]] Result<void> unmask();

    /// Fires the vector from software, even if it is masked, to test the path to `wait`, which
    /// counts it like any other. Error: unsupported (uio, Windows).
    [[nodiscard]] Result<void> trigger();

    /// Readable (Linux) or signalled (Windows) if an interrupt is pending or, except with uio, a
    /// cancellation. Owned by this object.
    [[nodiscard]] NativeHandle native_handle() const noexcept;

private:
    friend class Device;
    friend class Waitable;
    explicit Interrupt(std::unique_ptr<InterruptSource> source) noexcept;

    std::unique_ptr<InterruptSource> source_;
};

}  // namespace openbar
