// Processes: whose context this is, attaching to another, and the news that one ends.
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

PCREATE_PROCESS_NOTIFY_ROUTINE notify_routine = nullptr;

PEPROCESS NTAPI current_process() {
    if (void* attached = hardware_attached()) return static_cast<PEPROCESS>(attached);
    return kernels<PEPROCESS(NTAPI*)()>("IoGetCurrentProcess")();
}

void NTAPI attach(PKPROCESS process, KAPC_STATE* state) {
    require_at_most(APC_LEVEL, "KeStackAttachProcess");
    state->Process = static_cast<PKPROCESS>(hardware_attached());
    hardware_set_attached(process);
}

void NTAPI detach(KAPC_STATE* state) {
    require_at_most(APC_LEVEL, "KeUnstackDetachProcess");
    hardware_set_attached(state->Process);
}

NTSTATUS NTAPI set_notify(PCREATE_PROCESS_NOTIFY_ROUTINE routine, BOOLEAN remove) {
    require_at_most(PASSIVE_LEVEL, "PsSetCreateProcessNotifyRoutine");
    remove ? notifications.give_back() : notifications.take();
    notify_routine = remove ? nullptr : routine;
    return STATUS_SUCCESS;
}

constexpr ULONG most_watched = 512;
PEPROCESS watched[most_watched];
volatile LONG watched_count = 0;

// The notification comes in the context of the process that ends.
void process_ended(void* context) {
    hardware_set_attached(context);
    const uint64_t start = hardware_milliseconds();
    if (notify_routine != nullptr) notify_routine(nullptr, nullptr, FALSE);
    const uint64_t took = hardware_milliseconds() - start;
    hardware_set_attached(nullptr);
    // Twice the bound: other programs have the processor, too.
    if (took > 2 * worst_case::longest_exit / 1'000'000)
        hardware_complain("process notification", "waited, milliseconds",
                          static_cast<long long>(took));
}

}  // namespace

uint32_t current_process_number() {
    const auto number = kernels<HANDLE(NTAPI*)(PEPROCESS)>("PsGetProcessId");
    return static_cast<uint32_t>(reinterpret_cast<ULONG_PTR>(number(current_process())));
}

void watch_current_process() {
    const PEPROCESS process = current_process();
    const auto count = static_cast<ULONG>(watched_count);
    for (ULONG index = 0; index < count && index < most_watched; ++index)
        if (watched[index] == process) return;
    const auto slot = static_cast<ULONG>(InterlockedIncrement(&watched_count)) - 1;
    if (slot >= most_watched) return;
    watched[slot] = process;
    // For good: the pointer must stay comparable, and a test has few processes.
    kernels<void(FASTCALL*)(void*)>("ObfReferenceObject")(process);
    hardware_when_process_ends(current_process_number(), process_ended, process);
}

}  // namespace openbar::stand_in

OPENBAR_STANDS_IN(IoGetCurrentProcess, openbar::stand_in::current_process)
OPENBAR_STANDS_IN(KeStackAttachProcess, openbar::stand_in::attach)
OPENBAR_STANDS_IN(KeUnstackDetachProcess, openbar::stand_in::detach)
OPENBAR_STANDS_IN(PsSetCreateProcessNotifyRoutine, openbar::stand_in::set_notify)
