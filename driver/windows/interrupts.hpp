/// The interrupts of one device: connected all together, handed to the core one by one.
///
/// MSI and MSI-X by IoConnectInterruptEx, which Windows has since Vista (and needs for messages); a
/// line by either routine. All interrupt objects share one spin lock at one level, `raise` and
/// `lower` take it, and it is at that level from the beginning: no caller can hold it below the
/// level at which an interrupt just being connected would want it.
#pragma once

#include "driver/core/device.hpp"
#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

/// A line, or message interrupts, as the resources name them.
struct InterruptResources {
    ULONG messages = 0;  ///< message interrupts; 0 with a line or none at all
    bool line = false;
    KIRQL level = DISPATCH_LEVEL;  ///< the highest of all
    ULONG vector = 0;              ///< of the line, as IoConnectInterrupt takes it
    KAFFINITY affinity = 0;
    bool latched = false;
    bool shared = false;
};

class Interrupts {
public:
    Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    /// Before `connect`, at each start: where they arrive and who is told. PASSIVE_LEVEL.
    void describe(DEVICE_OBJECT* physical, const InterruptResources& resources,
                  driver::Device* core);

    /// PASSIVE_LEVEL. After `disconnect` no interrupt routine and no DPC runs.
    NTSTATUS connect();
    void disconnect();
    /// Connected, but not called, while the device is not in D0. Resuming can fail where Windows
    /// (before 8) has only disconnecting for it; then they are disconnected.
    void suspend();
    NTSTATUS resume();

    /// The lock under which the interrupt routines run. IRQL <= DIRQL.
    void acquire();
    void release();

    /// Calls the core's `deferred(vector)` soon at DISPATCH_LEVEL. Any IRQL.
    void queue_deferred(ULONG vector);

private:
    /// What Windows knows the present connection by.
    [[nodiscard]] IO_DISCONNECT_INTERRUPT_PARAMETERS connection() const;
    void flush();
    NTSTATUS connect_messages();
    NTSTATUS connect_line();
    static BOOLEAN NTAPI on_line(PKINTERRUPT, void* context);
    static BOOLEAN NTAPI on_message(PKINTERRUPT, void* context, ULONG message);
    static void NTAPI on_dpc(KDPC*, void* context, void*, void*);

    static constexpr ULONG bits_a_word = 32;
    static constexpr ULONG max_vectors = 2048;

    DEVICE_OBJECT* physical_ = nullptr;
    InterruptResources resources_;
    driver::Device* core_ = nullptr;
    KSPIN_LOCK lock_ = 0;
    KIRQL before_ = 0;  ///< written and read by the holder of the lock
    PKINTERRUPT line_ = nullptr;
    IO_INTERRUPT_MESSAGE_INFO* table_ = nullptr;
    ULONG connected_as_ = 0;    ///< the Version of IoConnectInterruptEx; 0 without it
    bool is_inactive_ = false;  ///< reported so to Windows
    KDPC dpc_{};
    volatile LONG deferred_[max_vectors / bits_a_word] = {};
};

}  // namespace openbar::windows
