#include "driver/windows/interrupts.hpp"

#include "driver/windows/support/system_routine.hpp"

namespace openbar::windows {
namespace {

// wdm.h: the versions of IO_CONNECT_INTERRUPT_PARAMETERS.
constexpr ULONG line_based = 2;
constexpr ULONG message_based = 3;

/// IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS, which has the layout of what disconnects.
using ReportActive = void(NTAPI*)(IO_DISCONNECT_INTERRUPT_PARAMETERS*);
using ConnectEx = NTSTATUS(NTAPI*)(IO_CONNECT_INTERRUPT_PARAMETERS*);
using DisconnectEx = void(NTAPI*)(IO_DISCONNECT_INTERRUPT_PARAMETERS*);

}  // namespace

Interrupts::Interrupts() {
    KeInitializeSpinLock(&lock_);
    KeInitializeDpc(&dpc_, on_dpc, this);
}

void Interrupts::describe(DEVICE_OBJECT* physical, const InterruptResources& resources,
                          driver::Device* core) {
    physical_ = physical;
    resources_ = resources;
    core_ = core;
}

NTSTATUS Interrupts::connect() {
    if (resources_.messages != 0) return connect_messages();
    return resources_.line ? connect_line() : STATUS_NOT_FOUND;
}

NTSTATUS Interrupts::connect_messages() {
    const auto connect = system_routine<ConnectEx>(L"IoConnectInterruptEx");
    if (connect == nullptr) return STATUS_NOT_SUPPORTED;
    IO_CONNECT_INTERRUPT_PARAMETERS parameters{};
    parameters.Version = message_based;
    parameters.MessageBased.PhysicalDeviceObject = physical_;
    parameters.MessageBased.ConnectionContext.InterruptMessageTable = &table_;
    parameters.MessageBased.MessageServiceRoutine = on_message;
    parameters.MessageBased.ServiceContext = this;
    parameters.MessageBased.SpinLock = &lock_;
    parameters.MessageBased.SynchronizeIrql = resources_.level;
    const NTSTATUS status = connect(&parameters);
    connected_as_ = NT_SUCCESS(status) ? parameters.Version : 0;
    return status;
}

NTSTATUS Interrupts::connect_line() {
    const auto connect = system_routine<ConnectEx>(L"IoConnectInterruptEx");
    if (connect == nullptr)
        return IoConnectInterrupt(&line_, on_line, this, &lock_, resources_.vector,
                                  resources_.level, resources_.level,
                                  resources_.latched ? Latched : LevelSensitive, resources_.shared,
                                  resources_.affinity, FALSE);
    IO_CONNECT_INTERRUPT_PARAMETERS parameters{};
    parameters.Version = line_based;
    parameters.LineBased.PhysicalDeviceObject = physical_;
    parameters.LineBased.InterruptObject = &line_;
    parameters.LineBased.ServiceRoutine = on_line;
    parameters.LineBased.ServiceContext = this;
    parameters.LineBased.SpinLock = &lock_;
    parameters.LineBased.SynchronizeIrql = resources_.level;
    const NTSTATUS status = connect(&parameters);
    connected_as_ = NT_SUCCESS(status) ? parameters.Version : 0;
    return status;
}

void Interrupts::flush() {
    KeRemoveQueueDpc(&dpc_);
    KeFlushQueuedDpcs();
}

IO_DISCONNECT_INTERRUPT_PARAMETERS Interrupts::connection() const {
    IO_DISCONNECT_INTERRUPT_PARAMETERS parameters{};
    parameters.Version = connected_as_;
    if (connected_as_ == message_based)
        parameters.ConnectionContext.InterruptMessageTable = table_;
    else
        parameters.ConnectionContext.InterruptObject = line_;
    return parameters;
}

void Interrupts::disconnect() {
    if (connected_as_ != 0) {
        IO_DISCONNECT_INTERRUPT_PARAMETERS parameters = connection();
        // A kernel that has the one has the other.
        if (const auto disconnect = system_routine<DisconnectEx>(L"IoDisconnectInterruptEx"))
            disconnect(&parameters);
    } else if (line_ != nullptr) {
        IoDisconnectInterrupt(line_);
    }
    connected_as_ = 0;
    is_inactive_ = false;
    line_ = nullptr;
    table_ = nullptr;
    flush();
}

// Windows 8 and later. Only what IoConnectInterruptEx has connected can be reported.
void Interrupts::suspend() {
    const auto report = system_routine<ReportActive>(L"IoReportInterruptInactive");
    if (connected_as_ == 0 || report == nullptr) return disconnect();
    IO_DISCONNECT_INTERRUPT_PARAMETERS parameters = connection();
    report(&parameters);
    is_inactive_ = true;
    flush();
}

NTSTATUS Interrupts::resume() {
    if (!is_inactive_) return connect();
    if (const auto report = system_routine<ReportActive>(L"IoReportInterruptActive")) {
        IO_DISCONNECT_INTERRUPT_PARAMETERS parameters = connection();
        report(&parameters);
    }
    is_inactive_ = false;
    return STATUS_SUCCESS;
}

void Interrupts::acquire() {
    KIRQL before = 0;
    KeRaiseIrql(resources_.level, &before);
    KeAcquireSpinLockAtDpcLevel(&lock_);
    before_ = before;
}

void Interrupts::release() {
    const KIRQL before = before_;
    KeReleaseSpinLockFromDpcLevel(&lock_);
    KeLowerIrql(before);
}

void Interrupts::queue_deferred(ULONG vector) {
    if (vector >= max_vectors) return;
    InterlockedOr(&deferred_[vector / bits_a_word],
                  static_cast<LONG>(1u << (vector % bits_a_word)));
    KeInsertQueueDpc(&dpc_, nullptr, nullptr);
}

BOOLEAN NTAPI Interrupts::on_line(PKINTERRUPT, void* context) {
    return static_cast<Interrupts*>(context)->core_->interrupt(0);
}

BOOLEAN NTAPI Interrupts::on_message(PKINTERRUPT, void* context, ULONG message) {
    return static_cast<Interrupts*>(context)->core_->interrupt(message);
}

void NTAPI Interrupts::on_dpc(KDPC*, void* context, void*, void*) {
    auto& self = *static_cast<Interrupts*>(context);
    for (ULONG word = 0; word < max_vectors / bits_a_word; ++word) {
        auto bits = static_cast<ULONG>(InterlockedExchange(&self.deferred_[word], 0));
        for (ULONG bit = 0; bits != 0; ++bit, bits >>= 1)
            if ((bits & 1) != 0) self.core_->deferred(word * bits_a_word + bit);
    }
}

}  // namespace openbar::windows
