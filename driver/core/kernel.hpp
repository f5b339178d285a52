/// What the core asks of the kernel, and the whole of it.
///
///     class WindowsKernel final : public openbar::driver::Kernel { ... };   // the shell
///     class StandInKernel final : public openbar::driver::Kernel { ... };   // the tests
///
/// One Kernel serves one device, and outlives its core. The core decides; these functions only do.
/// Each names the IRQL at which the core may call it, and how long it may take:
///
///     quick      PASSIVE_LEVEL; Lock::tables may be held
///     slow       PASSIVE_LEVEL; takes a while, but always ends: no Lock::tables
///     for ever   PASSIVE_LEVEL; may never return: no lock at all
///     dispatch   up to DISPATCH_LEVEL, perhaps with Lock::waits held
///     any        up to the device's DIRQL, perhaps with Lock::interrupt held
///
/// Any function that returns a Status may fail; it has then done nothing, and nothing has to be
/// undone. None may raise: where the routine behind it raises (MmMapLockedPagesSpecifyCache and
/// MmProbeAndLockPages do, instead of returning NULL), the shell catches that and returns an error.
///
/// Pure virtual functions, because a table of functions in read-only memory cannot be redirected
/// by whoever gains one write to the pool. There is no virtual destructor: the core never deletes
/// a kernel.
#pragma once

#include "driver/core/status.hpp"

#include <cstddef>
#include <cstdint>

namespace openbar::driver {

struct PendedRequest;

/// A process as the kernel knows it (PEPROCESS). The core compares it and hands it back.
using Process = void*;

/// How long things take and when they happen: nanoseconds of a monotonic clock.
using Nanoseconds = std::uint64_t;

enum class MemoryType : std::uint8_t { uncached = 0, write_combining = 1, cached = 2 };

/// The locks of one device, in the order in which the core takes them.
enum class Lock : std::uint8_t {
    /// Waking, one at a time. A passive mutex, held while the device returns to D0, during which
    /// the shell calls Device::power_up, which therefore does not take it.
    power,
    /// Whoever touches the hardware holds it shared; whoever takes the hardware away (power, stop,
    /// removal, reset) or changes a memory type holds it alone. Passive, held for up to a second.
    hardware,
    hardware_shared,
    /// Whoever connects interrupts, or gives objects back. Passive, over slow calls.
    objects,
    /// The kernel's views of regions. Passive, over slow calls.
    views,
    /// A masked write: one read and one write. Passive.
    masked_writes,
    /// The tables of sessions and objects. Passive and short: over quick calls only. It stays at
    /// PASSIVE_LEVEL: a mutex that does not raise, in a critical region, so that the holder cannot
    /// be suspended. Not recursive.
    tables,
    /// Which processes own something. Spin lock: each exit of a process on the machine takes it.
    owners,
    /// The pended requests. Spin lock: raises to DISPATCH_LEVEL.
    waits,
    /// What the interrupt routine touches. Spin lock at the highest DIRQL of the device's
    /// interrupts: once they are connected, their own; before, any spin lock.
    interrupt,
};

/// Physical memory of the device, mapped for the kernel.
struct KernelView {
    void* address = nullptr;
    std::uint64_t length = 0;
    MemoryType type = MemoryType::uncached;  ///< granted
};

/// Kernel memory, mapped into a process.
struct UserView {
    std::uint64_t address = 0;
    void* handle = nullptr;  ///< the kernel's own: an MDL
};

/// Memory for the device, from its DMA adapter (AllocateCommonBuffer).
struct CommonBuffer {
    void* address = nullptr;
    std::uint64_t iova = 0;
    std::uint64_t length = 0;
    void* adapter = nullptr;  ///< the kernel's own
};

/// Locked memory of a process, with addresses from the DMA adapter.
struct PinnedPages {
    void* handle = nullptr;
    std::uint32_t segments = 0;
    /// The device was given copies, which are written back when the pages are unpinned.
    bool copied = false;
};

struct Segment {
    std::uint64_t iova = 0;
    std::uint64_t length = 0;
};

/// What does not change while the kernel runs.
struct KernelFacts {
    std::uint32_t page_size = 4096;
    /// What one MDL can describe here: 4 GiB less a page; 2 GiB less a page before Windows 7; 32
    /// MiB on XP x64. A multiple of the page, at least one.
    std::uint64_t max_user_view = 0;
    /// The last address that a program can have: longer ones would be cut short.
    std::uint64_t highest_user_address = UINT64_MAX;
    /// The largest kernel view that may stay mapped for request access: 64-bit kernels have
    /// addresses to spare, 32-bit ones some hundred MiB for everybody.
    std::uint64_t max_kernel_view = 0;
    std::uint8_t max_width = 8;        ///< of one access, in bytes: 4 on 32-bit kernels
    std::uint64_t driver_version = 0;  ///< four 16-bit parts, major first
    bool has_dma_adapter = false;
    bool can_sleep = false;  ///< `let_sleep` and `wake` do something
};

enum class TraceLevel : std::uint8_t { error, warning, information, detail };

class Kernel {
public:
    [[nodiscard]] virtual const KernelFacts& facts() const = 0;  // any

    // Memory. Non-paged, not executable, cleared.
    [[nodiscard]] virtual void* allocate(std::size_t bytes) = 0;  // dispatch; nullptr: none
    virtual void free(void* memory) = 0;                          // dispatch; never nullptr

    // Locks, taken in the order of their declaration, released in reverse.
    virtual void acquire(Lock lock) = 0;  // passive; from `owners` on: dispatch; interrupt: any
    virtual void release(Lock lock) = 0;

    // Time.
    [[nodiscard]] virtual Nanoseconds now() = 0;   // any
    virtual void stall(Nanoseconds duration) = 0;  // any; busy, at most 50 us
    virtual void sleep(Nanoseconds duration) = 0;  // slow; gives up the processor

    // Processes. A referenced process stays comparable and attachable after it has ended.
    [[nodiscard]] virtual Process current_process() = 0;  // quick
    virtual void reference(Process process) = 0;          // quick
    virtual void dereference(Process process) = 0;        // quick

    // Device memory. MmMapIoSpace with NX; `unmap_io` gets back what `map_io` gave.
    [[nodiscard]] virtual Status map_io(std::uint64_t physical, std::uint64_t length,
                                        MemoryType type, KernelView& view) = 0;  // slow
    virtual void unmap_io(const KernelView& view) = 0;                           // slow
    /// Whether any of that is ordinary memory of the machine (MmGetPhysicalMemoryRanges).
    [[nodiscard]] virtual bool overlaps_ram(std::uint64_t physical,
                                            std::uint64_t length) = 0;  // slow
    /// A table of ACPI by its signature, the first letter at the bottom: its length in bytes, of which
    /// `bytes` has as many as there is room for. 0: there is none, or this kernel does not tell.
    [[nodiscard]] virtual std::uint32_t read_firmware_table(std::uint32_t signature, void* bytes,
                                                            std::uint32_t room) = 0;  // slow

    /// Maps whole pages at `address` (of a KernelView or CommonBuffer) into the *current*
    /// process, not executable; at `wanted` or not at all, unless that is 0.
    [[nodiscard]] virtual Status map_user(void* address, std::uint64_t length, MemoryType type,
                                          std::uint64_t wanted, UserView& view) = 0;  // slow
    /// `view` has been given by map_user in `owner`, which has not ended yet. Attaches to it unless
    /// it is the current process (KeStackAttachProcess), unmaps, frees the MDL. To unmap in any
    /// other process would take away that one's memory.
    virtual void unmap_user(Process owner, const UserView& view) = 0;  // slow
    /// As unmap_user, of a view that the program does not know to be gone: reserves the same
    /// addresses at once, so that nothing else of the program comes to lie where it still reads and
    /// writes. False: another thread of the program was faster. Windows has no exchange in one step.
    [[nodiscard]] virtual bool take_from_user(Process owner, const UserView& view,
                                              std::uint64_t length) = 0;  // slow
    /// Gives addresses back that take_from_user has reserved in `owner`, which has not ended yet.
    virtual void release_user(Process owner, std::uint64_t address,
                              std::uint64_t length) = 0;  // slow
    /// A hole of that length in the current process's addresses. It may be filled by the time it
    /// is used.
    [[nodiscard]] virtual Status find_user_hole(std::uint64_t length,
                                                std::uint64_t& address) = 0;  // slow

    /// The second buffer of a direct request, as the kernel sees it (system address of its MDL, not
    /// executable, low priority); nullptr: no room to map it. `irp` is the Request's.
    [[nodiscard]] virtual void* direct_buffer(void* irp) = 0;  // slow

    // One access of exactly `width` bytes. Never faults: the core gives only addresses within
    // views, and ports within port regions. A write has left the processor when it returns, also
    // where the view is write-combining (WRITE_REGISTER_… are followed by a fence).
    [[nodiscard]] virtual std::uint64_t read_register(const void* address, unsigned width) = 0;
    virtual void write_register(void* address, unsigned width, std::uint64_t value) = 0;
    [[nodiscard]] virtual std::uint32_t read_port(std::uint64_t port, unsigned width) = 0;
    virtual void write_port(std::uint64_t port, unsigned width, std::uint32_t value) = 0;  // any

    // The configuration space of this function, by BUS_INTERFACE_STANDARD, which serves
    // PCI_WHICHSPACE_CONFIG up to DIRQL. False where the bus did not do all of it.
    [[nodiscard]] virtual bool read_configuration(std::uint32_t offset, void* bytes,
                                                  std::uint32_t length) = 0;  // any
    [[nodiscard]] virtual bool write_configuration(std::uint32_t offset, const void* bytes,
                                                   std::uint32_t length) = 0;  // any

    // Interrupts. Connects all that the resources named. From then on the shell calls
    // Device::interrupt from its interrupt routine, and Device::deferred from the DPC that
    // queue_deferred asks for. When disconnect_interrupts returns, neither runs, nor will
    // (IoDisconnectInterrupt, then KeFlushQueuedDpcs).
    [[nodiscard]] virtual Status connect_interrupts() = 0;  // slow
    virtual void disconnect_interrupts() = 0;               // slow
    virtual void queue_deferred(std::uint32_t vector) = 0;  // any
    /// No routine is called until `resume_interrupts`: the device, which has been silenced, is about
    /// to leave D0. By IoReportInterruptInactive where Windows has it (8 and later), or by
    /// disconnecting; connecting again can then fail, after which they are disconnected.
    virtual void suspend_interrupts() = 0;                 // slow
    [[nodiscard]] virtual Status resume_interrupts() = 0;  // slow

    // Pended requests. `waits` is held for the first two.
    /// Sets its cancel routine and marks it pending; the order does not matter, since whoever
    /// could complete it waits for the lock. True: the cancel routine calls Device::cancel if it
    /// runs, and the dispatch routine returns STATUS_PENDING. False: it had been cancelled
    /// already, the cancel routine will not run, nothing has been marked; `control` will return
    /// `cancelled` for it, as for a request that was never pended.
    [[nodiscard]] virtual bool make_cancellable(PendedRequest& pended) = 0;  // dispatch
    /// Takes the cancel routine away. False: it has begun or is about to, and Device::cancel will
    /// complete the request; hands off.
    [[nodiscard]] virtual bool claim(PendedRequest& pended) = 0;  // dispatch
    /// Completes the IRP with `pended.status` and `pended.produced`. No lock is held, because
    /// completion may run anything; but while the device returns to D0 `power` may be. `pended` is a copy, with the core's own already freed, and
    /// the core touches nothing after the last: with its remove lock the device may go.
    virtual void complete(PendedRequest& pended) = 0;  // dispatch

    // DMA, through the device's adapter only. What was given keeps the adapter that it came from,
    // and can be given back after the device has been stopped or removed.
    [[nodiscard]] virtual Status allocate_common(std::uint64_t length,
                                                 CommonBuffer& buffer) = 0;  // slow
    virtual void free_common(const CommonBuffer& buffer) = 0;                // slow
    /// Probes (for UserMode) and locks memory of the *current* process, both under SEH, and has
    /// it mapped for the device. fault: it is not the caller's, not writable, or not memory of the
    /// machine. For ever: pages may be read from a drive that does not answer. no_memory: no map
    /// registers now; it does not wait for them. limit: more than there are.
    [[nodiscard]] virtual Status pin(std::uint64_t address, std::uint64_t length,
                                     bool device_writes, PinnedPages& pages) = 0;  // for ever
    [[nodiscard]] virtual Segment segment(const PinnedPages& pages,
                                          std::uint32_t index) = 0;  // quick
    virtual void unpin(const PinnedPages& pages) = 0;                // slow, in any process

    // Power.
    /// Asks for D0, and waits until Device::power_up has returned; also asked for what is so
    /// already, and while the device is on its way to sleep.
    [[nodiscard]] virtual Status wake() = 0;  // slow; only `power` is held
    /// Asks for sleep and does not wait: Device::power_down is called later, or before this returns.
    [[nodiscard]] virtual Status let_sleep() = 0;  // slow; no lock is held

    /// `what` is a constant string; numbers only, never an address.
    virtual void trace(TraceLevel level, const char* what, std::uint64_t number) = 0;  // any

protected:
    ~Kernel() = default;
};

}  // namespace openbar::driver
