// Interrupts: connected to the card's, and the deferred calls that they ask for.
#include "driver/windows/support/unicode_string.hpp"
#include "tests/wine/stand_ins/faults.hpp"
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

struct Connection {
    PKSERVICE_ROUTINE line;
    PKMESSAGE_SERVICE_ROUTINE message;
    void* context;
    KSPIN_LOCK* lock;
};
Connection connection{};
IO_INTERRUPT_MESSAGE_INFO message_info{};
constexpr KIRQL card_irql = 9;  // as the resources say
// Only ever handed back; no one looks into it.
ULONG_PTR interrupt_object[16];

int on_interrupt(void*, uint32_t message) {
    const auto object = reinterpret_cast<PKINTERRUPT>(interrupt_object);
    hardware_set_irql(card_irql);
    KeAcquireSpinLockAtDpcLevel(connection.lock);
    const BOOLEAN mine = connection.message != nullptr
                             ? connection.message(object, connection.context, message)
                             : connection.line(object, connection.context);
    commit_fault_in_interrupt();
    KeReleaseSpinLockFromDpcLevel(connection.lock);
    if (hardware_irql() != card_irql)
        hardware_complain("interrupt routine", "returned at IRQL", hardware_irql());
    hardware_set_irql(PASSIVE_LEVEL);
    return mine;
}

NTSTATUS NTAPI connect_ex(IO_CONNECT_INTERRUPT_PARAMETERS* parameters) {
    require_at_most(PASSIVE_LEVEL, "IoConnectInterruptEx");
    constexpr ULONG line_based = 2;
    constexpr ULONG message_based = 3;
    if (parameters->Version == message_based && given == Given::messages) {
        const auto& asked = parameters->MessageBased;
        connection = {nullptr, asked.MessageServiceRoutine, asked.ServiceContext, asked.SpinLock};
        message_info.MessageCount = 1;
        *asked.ConnectionContext.InterruptMessageTable = &message_info;
    } else if (parameters->Version == line_based && given == Given::network) {
        const auto& asked = parameters->LineBased;
        connection = {asked.ServiceRoutine, nullptr, asked.ServiceContext, asked.SpinLock};
        *asked.InterruptObject = reinterpret_cast<PKINTERRUPT>(interrupt_object);
    } else {
        return STATUS_NOT_FOUND;
    }
    interrupt_connections.take();
    hardware_connect(on_interrupt, nullptr, given == Given::messages);
    return STATUS_SUCCESS;
}

void NTAPI disconnect_ex(IO_DISCONNECT_INTERRUPT_PARAMETERS*) {
    require_at_most(PASSIVE_LEVEL, "IoDisconnectInterruptEx");
    interrupt_connections.give_back();
    hardware_disconnect();
}

// Of Windows 8 and later. No routine runs while it is inactive.
void NTAPI report_inactive(IO_DISCONNECT_INTERRUPT_PARAMETERS*) {
    require_at_most(DISPATCH_LEVEL, "IoReportInterruptInactive");
    if (interrupt_connections.count == 0)
        hardware_complain("IoReportInterruptInactive", "of what is not connected, count", 0);
    hardware_pause(1);
}

void NTAPI report_active(IO_DISCONNECT_INTERRUPT_PARAMETERS*) {
    require_at_most(DISPATCH_LEVEL, "IoReportInterruptActive");
    if (interrupt_connections.count == 0)
        hardware_complain("IoReportInterruptActive", "of what is not connected, count", 0);
    hardware_pause(0);
}

bool equal(const UNICODE_STRING& one, const UNICODE_STRING& other) {
    if (one.Length != other.Length) return false;
    for (USHORT index = 0; index < one.Length / sizeof(wchar_t); ++index)
        if (one.Buffer[index] != other.Buffer[index]) return false;
    return true;
}

void* NTAPI find_routine(UNICODE_STRING* name) {
    require_at_most(PASSIVE_LEVEL, "MmGetSystemRoutineAddress");
    using windows::literal;
    if (is_old_kernel()) return nullptr;
    if (equal(*name, literal(L"MmMapIoSpaceEx"))) return reinterpret_cast<void*>(map_io_ex);
    if (equal(*name, literal(L"ZwQuerySystemInformation")))
        return reinterpret_cast<void*>(query_system);
    if (equal(*name, literal(L"IoConnectInterruptEx"))) return reinterpret_cast<void*>(connect_ex);
    if (equal(*name, literal(L"IoDisconnectInterruptEx")))
        return reinterpret_cast<void*>(disconnect_ex);
    if (equal(*name, literal(L"IoReportInterruptInactive")))
        return reinterpret_cast<void*>(report_inactive);
    if (equal(*name, literal(L"IoReportInterruptActive")))
        return reinterpret_cast<void*>(report_active);
    return nullptr;
}

// Windows XP's, which knows no messages.
NTSTATUS NTAPI connect(PKINTERRUPT* object, PKSERVICE_ROUTINE routine, void* context,
                       KSPIN_LOCK* lock, ULONG, KIRQL level, KIRQL synchronize_level,
                       KINTERRUPT_MODE mode, BOOLEAN shared, KAFFINITY, BOOLEAN) {
    require_at_most(PASSIVE_LEVEL, "IoConnectInterrupt");
    if (given != Given::line || level != card_irql || synchronize_level != card_irql ||
        mode != LevelSensitive || !shared)
        return STATUS_INVALID_PARAMETER;
    connection = {routine, nullptr, context, lock};
    *object = reinterpret_cast<PKINTERRUPT>(interrupt_object);
    interrupt_connections.take();
    hardware_connect(on_interrupt, nullptr, 0);
    return STATUS_SUCCESS;
}

void NTAPI disconnect(PKINTERRUPT) {
    require_at_most(PASSIVE_LEVEL, "IoDisconnectInterrupt");
    interrupt_connections.give_back();
    hardware_disconnect();
}

NTSTATUS NTAPI get_version(RTL_OSVERSIONINFOW* version) {
    require_at_most(PASSIVE_LEVEL, "RtlGetVersion");
    version->dwMajorVersion = is_old_kernel() ? 5 : 10;
    version->dwMinorVersion = is_old_kernel() ? 1 : 0;
    return STATUS_SUCCESS;
}

void run_dpc(void* context) {
    auto* dpc = static_cast<KDPC*>(context);
    InterlockedExchangePointer(&dpc->DpcData, nullptr);
    hardware_got_on();
    hardware_set_irql(DISPATCH_LEVEL);
    dpc->DeferredRoutine(dpc, dpc->DeferredContext, dpc->SystemArgument1, dpc->SystemArgument2);
    if (hardware_irql() != DISPATCH_LEVEL)
        hardware_complain("deferred call", "returned at IRQL", hardware_irql());
    if (const int locks = hardware_add_spin_locks(0); locks != 0)
        hardware_complain("deferred call", "returned with spin locks,", locks);
    hardware_set_irql(PASSIVE_LEVEL);
}

BOOLEAN NTAPI queue_dpc(KDPC* dpc, void* first, void* second) {
    // Queued once until it runs, like the kernel's.
    if (InterlockedCompareExchangePointer(&dpc->DpcData, dpc, nullptr) != nullptr) return FALSE;
    dpc->SystemArgument1 = first;
    dpc->SystemArgument2 = second;
    hardware_defer(run_dpc, dpc);
    return TRUE;
}

BOOLEAN NTAPI remove_dpc(KDPC*) {
    return FALSE;
}
void NTAPI flush_dpcs() {
    require_at_most(PASSIVE_LEVEL, "KeFlushQueuedDpcs");
    hardware_drain();
}

}  // namespace
}  // namespace openbar::stand_in

OPENBAR_STANDS_IN(MmGetSystemRoutineAddress, openbar::stand_in::find_routine)
OPENBAR_STANDS_IN(IoConnectInterrupt, openbar::stand_in::connect)
OPENBAR_STANDS_IN(IoDisconnectInterrupt, openbar::stand_in::disconnect)
OPENBAR_STANDS_IN(RtlGetVersion, openbar::stand_in::get_version)
OPENBAR_STANDS_IN(KeInsertQueueDpc, openbar::stand_in::queue_dpc)
OPENBAR_STANDS_IN(KeRemoveQueueDpc, openbar::stand_in::remove_dpc)
OPENBAR_STANDS_IN(KeFlushQueuedDpcs, openbar::stand_in::flush_dpcs)
