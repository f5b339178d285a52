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
/// In a program with an event loop, wait for `native_handle()` to become readable there. Then take
/// the count with `wait(0ms)`, acknowledge the cause in the device's registers, and, of INTx only,
/// call `unmask()`: the line was masked when it fired, and stays so until then.
#pragma once

#include "openbar/result.hpp"
#include "openbar/timeout.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace openbar {

class InterruptSource;

enum class InterruptKind : std::uint8_t { intx, msi, msix };

/// "intx", "msi", "msix".
std::string_view to_string(InterruptKind kind) noexcept;

/// What a device offers of one kind.
struct VectorInfo {
    InterruptKind kind = InterruptKind::intx;
    std::uint32_t count = 0;  ///< vectors 0…count-1
    bool maskable = false;    ///< mask() and unmask() work on a vector of this kind
};

/// One enabled vector. Its destructor disables it; it keeps its device open.
///
/// Thread-safety: one thread waits at a time; any thread may call any other member meanwhile,
/// except that nobody may move or destroy the object then: `cancel` the wait first. So may other
/// threads wait for other vectors. Through vfio the first vector of a kind enables 16, or as many
/// as the device has; one beyond them enables the kind anew, with more, and what any vector of the
/// device sends in that moment may be lost: take the highest first.
class Interrupt {
public:
#ifdef _WIN32
    using NativeHandle = void*;  ///< a manual-reset event
#else
    using NativeHandle = int;  ///< a file descriptor for poll(), readable when one is pending
#endif
    Interrupt(Interrupt&&) noexcept;
    Interrupt& operator=(Interrupt&&) noexcept;
    ~Interrupt();

    [[nodiscard]] InterruptKind kind() const noexcept;
    [[nodiscard]] std::uint32_t vector() const noexcept;

    /// Waits until the vector fires, or takes what is pending already, and returns how often it
    /// fired since the last wait: at least 1. A zero or negative timeout only looks; one of 292
    /// years or more, such as `std::chrono::hours::max()`, never ends (see `timeout.hpp`). It is
    /// never over early; on Windows it is rounded up to milliseconds.
    ///
    /// INTx is level-triggered: the kernel masks it when it fires, and the next `wait` unmasks
    /// it, unless `mask` was called. Acknowledge the cause in the device's registers before waiting
    /// again, else it fires again at once; so does a line that an earlier program left asserted,
    /// once its vector is enabled. Where the line is shared, or the kernel counts no further ones
    /// while it is masked, the count may be 1 for several.
    ///
    /// Errors: timed_out; cancelled; removed (uio: the node has gone with its device; vfio_user:
    /// the server has gone; Windows: the device was removed; vfio: it is being unplugged or
    /// unbound, for which the kernel waits until the program has closed it); io. Through vfio a
    /// wait that never ends is one read of the native handle, and is not told of that: where it
    /// matters, give a limit, be it of years.
    [[nodiscard]] Result<std::uint64_t> wait(Timeout timeout);

    /// Makes the present `wait`, or else the next one, return `cancelled`: one of them, however
    /// often it is called until then. What fired meanwhile is left for the wait after that.
    void cancel() noexcept;

    /// Stops and restarts delivery where the kind is maskable (`VectorInfo`); else unsupported.
    /// What is masked stays so until `unmask`, whoever waits. A line that is asserted then fires at
    /// once; whether a message that the device has sent while its vector was masked comes late or
    /// never is the device's and the kernel's affair. `unmask` is also what re-arms INTx for
    /// programs that wait on `native_handle()` themselves. Either may be called again without harm.
    [[nodiscard]] Result<void> mask();
    [[nodiscard]] Result<void> unmask();

    /// Fires the vector from software, without the device, to test the path to `wait`, which then
    /// counts it as any other. A masked vector is no obstacle. Error: unsupported where the back
    /// end has no such means (uio and Windows have none).
    [[nodiscard]] Result<void> trigger();

    /// Readable (Linux) or signalled (Windows) when an interrupt is pending. Owned by this object.
    [[nodiscard]] NativeHandle native_handle() const noexcept;

private:
    friend class Device;
    explicit Interrupt(std::unique_ptr<InterruptSource> source) noexcept;

    std::unique_ptr<InterruptSource> source_;
};

}  // namespace openbar
