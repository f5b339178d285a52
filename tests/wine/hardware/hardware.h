/// The hardware that Wine lacks, for the real driver: a simulated card with its bus, its memory in
/// the processes that map it, its interrupts, and memory for its DMA.
///
/// openbar_hardware.dll, loaded into Wine's driver host with the driver under test. It knows
/// nothing of kernel structures; tests/wine/stand_ins/hardware_*.cpp, linked in front of ntoskrnl's
/// import library, turn the driver's kernel calls into these. The driver's own objects are the
/// shipping ones.
///
/// What the driver touches through its kernel view traps, and so does what a program touches
/// through its mapping, into which this library is loaded for that. The model answers each access
/// at once.
#pragma once

#include <stdint.h>

#ifdef OPENBAR_HARDWARE_BUILD
#define HARDWARE_API __declspec(dllexport)
#else
#define HARDWARE_API __declspec(dllimport)
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum { HARDWARE_PAGE = 4096 };

enum hardware_card { HARDWARE_EDU, HARDWARE_NETWORK_CARD };

/// What the bus assigned: the card's BARs and interrupts.
struct hardware_resources {
    uint64_t bar_start;
    uint64_t bar_length;
    uint16_t bar_first_port;  ///< of the card's own ports
    uint16_t bar_port_count;  ///< 0: it has none
    uint16_t first_port;      ///< of a board at fixed ports, which is there as well
    uint16_t port_count;
    uint32_t messages;
};

/// Powers the card on, once; `decode` turns the decoding of its BARs on, as the bus driver does at
/// start.
HARDWARE_API void hardware_create(enum hardware_card card);
HARDWARE_API void hardware_get_resources(struct hardware_resources* resources);
HARDWARE_API void hardware_decode(int on);
/// Unplugged: reads answer all ones, writes go nowhere, no interrupt comes any more.
HARDWARE_API void hardware_unplug(void);
/// As the bus does it for IRP_MJ_POWER: asleep the card answers nothing.
HARDWARE_API void hardware_power(int on);

HARDWARE_API uint32_t hardware_read_configuration(uint32_t offset, void* bytes, uint32_t length);
HARDWARE_API uint32_t hardware_write_configuration(uint32_t offset, const void* bytes,
                                                   uint32_t length);

/// A kernel view of physical addresses; null where the card is not there. Each access traps.
HARDWARE_API void* hardware_map_io(uint64_t physical, uint64_t length);
HARDWARE_API void hardware_unmap_io(void* address);

/// Maps a part of a kernel view or common buffer into a process. 0, or an NTSTATUS.
HARDWARE_API long hardware_map_user(void* address, uint64_t length, uint32_t process,
                                    uint64_t wanted, uint64_t* mapped);
HARDWARE_API long hardware_unmap_user(uint32_t process, uint64_t mapped);

/// Memory with an address for the card.
HARDWARE_API void* hardware_allocate_common(uint64_t length, uint64_t* iova);
HARDWARE_API void hardware_free_common(void* address);

/// Reserves addresses in a process, at `*address` unless that is 0; releases what was reserved.
HARDWARE_API long hardware_reserve(uint32_t process, uint64_t length, uint64_t* address);
HARDWARE_API long hardware_release(uint32_t process, uint64_t address);

/// Whether a process can read (write) all of that; then each of its pages gets a frame number.
HARDWARE_API long hardware_pin(uint32_t process, uint64_t address, uint64_t length, int writable,
                               uint64_t* frames);
HARDWARE_API void hardware_unpin(const uint64_t* frames, uint64_t count);
/// Another number by which the device reaches a pinned frame, until that is unpinned.
HARDWARE_API uint64_t hardware_remap(uint64_t frame);
HARDWARE_API void hardware_sleep(uint32_t milliseconds);

/// The interrupt routine runs in a thread of the hardware's, one call at a time.
typedef int (*hardware_interrupt)(void* context, uint32_t message);
HARDWARE_API void hardware_connect(hardware_interrupt routine, void* context, int messages);
/// No routine runs after this.
HARDWARE_API void hardware_disconnect(void);
/// Nor while it is paused.
HARDWARE_API void hardware_pause(int on);
/// A deferred call runs: the processor that the line interrupts makes progress.
HARDWARE_API void hardware_got_on(void);
/// Since some moment.
HARDWARE_API uint64_t hardware_milliseconds(void);

typedef void (*hardware_work)(void* context);
/// Runs it soon in the one thread for deferred calls; `drain` waits until none is left.
HARDWARE_API void hardware_defer(hardware_work work, void* context);
HARDWARE_API void hardware_drain(void);
/// Runs it in a separate thread, as the system does, and waits for it.
HARDWARE_API void hardware_in_system_thread(hardware_work work, void* context);
/// The same without waiting.
HARDWARE_API void hardware_start_system_thread(hardware_work work, void* context);
/// Calls once the process has ended.
HARDWARE_API void hardware_when_process_ends(uint32_t process, hardware_work work, void* context);

/// Raises that exception, as ExRaiseStatus does on Windows; Wine lacks it.
HARDWARE_API void hardware_raise(long status);

/// The routine of that name that Wine's own kernel exports.
HARDWARE_API void* hardware_kernel_routine(const char* name);

/// A pointer of this thread's: the process it is attached to.
HARDWARE_API void hardware_set_attached(void* process);
HARDWARE_API void* hardware_attached(void);

/// The interrupt request level of this thread, as the stand-ins and the processor's register CR8,
/// which the trap emulates, have set it.
HARDWARE_API uint32_t hardware_irql(void);
HARDWARE_API void hardware_set_irql(uint32_t level);
/// How many spin locks this thread holds, and in how many critical regions it is.
HARDWARE_API int hardware_add_spin_locks(int change);
HARDWARE_API int hardware_add_critical_regions(int change);

/// Writes down that the driver broke a rule of the kernel's: see complaints.hpp.
HARDWARE_API void hardware_complain(const char* routine, const char* what, long long number);
HARDWARE_API void hardware_note_unloaded(void);
#define OPENBAR_COMPLAINTS_FILE L"C:\\openbar_complaints.txt"
#define OPENBAR_UNLOADED_LINE "unloaded"

/// What is held now, and what went wrong so far.
struct hardware_report {
    uint32_t complaints;
    uint32_t io_views, user_views, common_buffers, pinned_pages;
    uint32_t touched_while_off;     ///< accesses while the card does not decode its memory
    uint32_t wrong_process;         ///< views taken from another process than their own
    uint32_t unknown_instructions;  ///< accesses that the trap could not make out
    uint32_t interrupts;
    uint32_t stray_ports;  ///< accesses to ports that are not the board's
};
HARDWARE_API void hardware_get_report(struct hardware_report* report);

#ifdef __cplusplus
}
#endif
