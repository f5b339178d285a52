/// The kernel's rules, checked while the driver runs: at which IRQL a routine may be called, what a
/// dispatch routine must leave as it found it, what must be given back before it is unloaded.
///
///     OPENBAR_CHECKS(IoCreateDevice, APC_LEVEL)        // called above it, that is written down
///
/// A broken rule is a line in a file (tests/wine/hardware/complaints.hpp), which the test reads.
/// The levels are those that the documentation names for each routine (windows-driver-docs-ddi).
#pragma once

#include "tests/wine/stand_ins/hardware_kernel.hpp"

namespace openbar::stand_in {

inline void require_at_most(KIRQL level, const char* routine) {
    const uint32_t now = hardware_irql();
    if (now > level) hardware_complain(routine, "called at IRQL", now);
}

inline void require_at_least(KIRQL level, const char* routine) {
    const uint32_t now = hardware_irql();
    if (now < level) hardware_complain(routine, "called at IRQL", now);
}

/// The card with a line is in a machine with Windows XP; the others have Windows 10.
inline bool is_old_kernel() {
    return given == Given::line;
}

/// NonPagedPoolNx and MdlMappingNoExecute, which came with Windows 8.
constexpr auto non_executable_pool = static_cast<POOL_TYPE>(512);
constexpr ULONG non_executable_mapping = 0x40000000;
inline POOL_TYPE expected_pool() {
    return is_old_kernel() ? NonPagedPool : non_executable_pool;
}

/// A name that a template can have as its argument.
template <std::size_t count>
struct RoutineName {
    char text[count];
    consteval RoutineName(const char (&name)[count]) {  // NOLINT(google-explicit-constructor)
        for (std::size_t index = 0; index < count; ++index) text[index] = name[index];
    }
};

/// The kernel's routine, behind a check of the level that it is called at.
template <RoutineName name, KIRQL most, typename Function>
struct Checked;

template <RoutineName name, KIRQL most, typename Result, typename... Arguments>
struct Checked<name, most, Result(Arguments...)> {
    static Result call(Arguments... arguments) {
        using Function = Result (*)(Arguments...);
        static Function routine = nullptr;
        require_at_most(most, name.text);
        if (routine == nullptr) routine = kernels<Function>(name.text);
        return routine(arguments...);
    }
};

/// What the driver holds of one kind: counted up and down, and named at unload where it is not 0.
struct Held {
    const char* what;
    volatile LONG count;

    void take() { InterlockedIncrement(&count); }
    void give_back() { InterlockedDecrement(&count); }
};

extern Held memory_lists;
extern Held object_references;
extern Held remove_locks;
extern Held work_items;
extern Held devices;
extern Held bus_interfaces;
extern Held dma_adapters;
extern Held scatter_lists;
extern Held interrupt_connections;
extern Held notifications;
extern Held registry_handles;

/// From hardware_pool.cpp: how many blocks there are, and a complaint for each.
extern volatile LONG pool_blocks;
void complain_of_pool_blocks();

/// From hardware_requests.cpp: a request has come to the driver; requests that it still has.
void request_comes(IRP* irp, UCHAR major);
[[nodiscard]] LONG requests_pended();
extern volatile LONG double_completions;

/// Calls one of the driver's dispatch routines and compares what must be as before.
NTSTATUS call_dispatch(PDRIVER_DISPATCH routine, DEVICE_OBJECT* device, IRP* irp);

/// From hardware_unload.cpp: in front of the driver's own.
void NTAPI unload(DRIVER_OBJECT* driver);
extern PDRIVER_UNLOAD drivers_unload;

}  // namespace openbar::stand_in

/// Has the level checked of what the driver imports by that name.
#define OPENBAR_CHECKS(NAME, MOST) \
    OPENBAR_STANDS_IN(NAME, (openbar::stand_in::Checked<#NAME, MOST, decltype(NAME)>::call))
