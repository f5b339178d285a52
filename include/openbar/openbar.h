/// The C interface of openbar, for C and for languages that call C.
///
///     openbar_device card;
///     uint64_t value;
///     openbar_error error = {.struct_size = sizeof error};
///
///     if (openbar_open("sim:edu", NULL, &card) != OPENBAR_OK ||         // or "0000:00:04.0"
///         openbar_read(card, 0, 0x00, 4, &value) != OPENBAR_OK) {       // BAR 0, 32 bits
///         openbar_last_error(&error);
///         fprintf(stderr, "%s\n", error.message);
///         return 1;
///     }
///     openbar_close(card);
///
/// It is C99 and C++, and needs the shared library (`libopenbar.so.0`, `pkg-config openbar-c`).
/// C++ programs use `openbar.hpp` and the static library instead. docs/c.md is the tutorial. The
/// C++ headers describe each operation in detail, under the same names.
///
/// Rules for all functions:
///   - Functions that can fail return `OPENBAR_OK` (0) or an `openbar_code`. `openbar_last_error`
///     gives the words. After an error nothing has been opened, allocated or written, and outputs
///     are unchanged.
///   - Handles are numbers. 0 is never one. A handle that is closed, invented or of another kind is
///     `OPENBAR_INVALID_ARGUMENT`, also if its number was used again. Every handle keeps its device
///     open; close handles in any order.
///   - Structures begin with `struct_size`: set it to `sizeof` the structure, and the rest to zero.
///     Programs thus work with older and newer versions of the library. A field that the library
///     does not know is zero on output. On input it must be zero, else `OPENBAR_UNSUPPORTED`.
///   - Strings are UTF-8 and end with a zero byte. A string from the library is valid as long as the
///     handle that it came from, unless documented otherwise. Pointers to options may be NULL: all
///     zero. Other pointers must not be NULL (`OPENBAR_INVALID_ARGUMENT`).
///   - Sizes and offsets are in bytes, times in nanoseconds.
///   - Any number of threads may call all functions at once. The library calls no function of the
///     program.
///   - `fork`: the child cannot use the handles of its parent. A call with one fails with
///     `OPENBAR_INVALID_ARGUMENT`; a close does nothing to the parent's device.
#ifndef OPENBAR_OPENBAR_H
#define OPENBAR_OPENBAR_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#if defined(OPENBAR_BUILDS_SHARED_LIBRARY)
#define OPENBAR_API __declspec(dllexport)
#else
#define OPENBAR_API __declspec(dllimport)
#endif
#else
#define OPENBAR_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// @name Errors

/// One of the constants below. A newer library may return others.
typedef int32_t openbar_code;

enum {
    OPENBAR_OK = 0,
    OPENBAR_INVALID_ARGUMENT = 1,     ///< the request is invalid, or a handle is
    OPENBAR_OUT_OF_RANGE = 2,         ///< offset and length do not lie within the region, or wrap
    OPENBAR_MISALIGNED = 3,           ///< the offset is not a multiple of the width, or of the page
    OPENBAR_NOT_FOUND = 4,            ///< no such device, region, vector, model or file
    OPENBAR_AMBIGUOUS = 5,            ///< several devices match
    OPENBAR_UNSUPPORTED = 6,          ///< the back end, the device or the kernel cannot do it
    OPENBAR_PERMISSION_DENIED = 7,    ///< the operating system refuses this user
    OPENBAR_BUSY = 8,                 ///< another program, thread or kernel driver has it
    OPENBAR_DISABLED = 9,             ///< the device does not decode the region, or is powered down
    OPENBAR_REMOVED = 10,             ///< the device was unplugged, or its server has gone
    OPENBAR_TIMED_OUT = 11,           ///< it did not happen within the time limit
    OPENBAR_CANCELLED = 12,           ///< it was cancelled, or closed in the meantime
    OPENBAR_PROTOCOL = 13,            ///< a server or a file violated its protocol or format
    OPENBAR_RESOURCE_EXHAUSTED = 14,  ///< memory, locked memory, bus addresses, descriptors, …
    OPENBAR_IO = 15                   ///< the operating system reported another error
};

/// The last failure of the calling thread. Its strings are valid until the thread's next failure.
typedef struct openbar_error {
    uint32_t struct_size;
    openbar_code code;      ///< OPENBAR_OK: no call of this thread has failed yet
    const char* attempted;  ///< the operation and its object: "map bar0 of 0000:00:04.0"
    const char* cause;      ///< why it failed
    const char* hint;       ///< how to fix it, often a command; "" if none is known
    const char* message;    ///< "attempted: cause", and a second line "  hint: …"
    int32_t system_error;   ///< errno, or GetLastError() on Windows; 0 if none was involved
    uint32_t reserved;
} openbar_error;

OPENBAR_API openbar_code openbar_last_error(openbar_error* error);
/// "out_of_range"; "unknown" for an unknown code. Valid forever.
OPENBAR_API const char* openbar_code_name(openbar_code code);
/// The version of the library: "0.2.0". Valid forever.
OPENBAR_API const char* openbar_version(void);

/// @name Handles

typedef uint64_t openbar_handle;  ///< any of the following
typedef openbar_handle openbar_device;
typedef openbar_handle openbar_mapping;
typedef openbar_handle openbar_interrupt;
typedef openbar_handle openbar_events;       ///< a subscription to the events of a device
typedef openbar_handle openbar_memory;       ///< a DMA buffer or pinned memory
typedef openbar_handle openbar_functions;    ///< a list of PCI functions
typedef openbar_handle openbar_description;  ///< a card's registers by name
typedef openbar_handle openbar_peripheral;   ///< a peripheral of a device tree

/// Closes any handle: unmaps, disables the vector, frees, unpins. A wait on the handle in another
/// thread ends with `OPENBAR_CANCELLED`. Other calls in progress finish first; the last one closes.
OPENBAR_API openbar_code openbar_close(openbar_handle handle);

/// @name Devices (device.hpp)

typedef struct openbar_open_options {
    uint32_t struct_size;
    uint32_t shared;  ///< 1: also open a device that another program has open, to inspect it
} openbar_open_options;

/// Opens a device by its address: "0000:03:00.0", "vfio:03:00.0", "pci:1234:11e8", "sim:edu",
/// "vfio-user:/run/card.sock", … (address.hpp lists them).
OPENBAR_API openbar_code openbar_open(const char* address, const openbar_open_options* options,
                                      openbar_device* device);

typedef struct openbar_device_info {
    uint32_t struct_size;
    uint32_t is_pci;            ///< 1: the ids below are those of a PCI function; 0: they are 0
    const char* address;        ///< canonical: "0000:00:04.0", "sim:edu"
    const char* backend;        ///< "vfio", "uio", "sysfs", "devmem", "windows", "vfio_user", "sim"
    const char* pci_address;    ///< "0000:00:04.0", or "" if it is not a function of this machine
    const char* kernel_driver;  ///< the driver it is bound to, or ""
    uint32_t vendor_id;
    uint32_t device_id;
    uint32_t subsystem_vendor_id;
    uint32_t subsystem_id;
    uint32_t class_code;  ///< 24 bits: base class, subclass, programming interface
    uint32_t revision;
    int64_t iommu_group;  ///< -1: none
    uint32_t region_count;
    uint32_t vector_kind_count;
} openbar_device_info;

OPENBAR_API openbar_code openbar_device_get_info(openbar_device device, openbar_device_info* info);

enum {
    OPENBAR_CAN_MAP = 0,            ///< at least one region can be mapped
    OPENBAR_CAN_WRITE_COMBINE = 1,  ///< at least one region can be mapped write-combining
    OPENBAR_HAS_CONFIGURATION = 2,  ///< the configuration space can be read
    OPENBAR_HAS_INTERRUPTS = 3,
    OPENBAR_HAS_DMA = 4,  ///< DMA buffers and pinned memory
    OPENBAR_CAN_RESET = 5,
    OPENBAR_HAS_EVENTS = 6  ///< some of them, see events.hpp
};

/// Whether the back end offers something for this device, and if not, why and how to get it.
typedef struct openbar_capability {
    uint32_t struct_size;
    uint32_t offered;
    const char* why_not;  ///< "" if it is offered
    const char* hint;     ///< often a command; "" if none is known or needed
} openbar_capability;

/// `which` is one of the constants above.
OPENBAR_API openbar_code openbar_device_get_capability(openbar_device device, uint32_t which,
                                                       openbar_capability* capability);

/// Turns bus mastering (DMA, MSI, MSI-X) on (1) or off (0).
OPENBAR_API openbar_code openbar_set_bus_master(openbar_device device, uint32_t enabled);
/// Resets the function and returns when it answers again.
OPENBAR_API openbar_code openbar_reset(openbar_device device);

/// @name Regions (region.hpp)
///
/// Of a PCI function, region 0 to 5 are the BARs, 6 is the expansion ROM, 7 the configuration space.

enum { OPENBAR_ROM_REGION = 6, OPENBAR_CONFIGURATION_REGION = 7 };
enum { OPENBAR_REGION_MEMORY = 0, OPENBAR_REGION_PORT_IO = 1, OPENBAR_REGION_CONFIGURATION = 2 };

typedef struct openbar_range {
    uint64_t offset;
    uint64_t length;
} openbar_range;

typedef struct openbar_region_info {
    uint32_t struct_size;
    uint32_t index;                    ///< the number that other functions take
    const char* name;                  ///< "bar0"…"bar5", "rom", "config"
    const char* not_mappable_because;  ///< "" if `mappable_count` is not 0
    uint64_t size;
    uint64_t physical_address;  ///< 0 if it has none or the back end does not report it
    uint32_t kind;              ///< OPENBAR_REGION_…
    uint32_t readable;
    uint32_t writable;
    uint32_t prefetchable;
    uint32_t is_64bit;
    uint32_t mappable_count;  ///< parts that can be mapped; 0: request access only
} openbar_region_info;

/// The region at `position`, from 0 to `region_count` - 1, by rising index.
OPENBAR_API openbar_code openbar_device_get_region(openbar_device device, uint32_t position,
                                                   openbar_region_info* info);
/// A part of region `index` that can be mapped.
OPENBAR_API openbar_code openbar_region_get_mappable(openbar_device device, uint32_t index,
                                                     uint32_t position, openbar_range* part);

/// Request access: one access of exactly `width` bytes (1, 2, 4 or 8) for each call, checked.
OPENBAR_API openbar_code openbar_read(openbar_device device, uint32_t region, uint64_t offset,
                                      uint32_t width, uint64_t* value);
/// The value must fit into `width` bytes.
OPENBAR_API openbar_code openbar_write(openbar_device device, uint32_t region, uint64_t offset,
                                       uint32_t width, uint64_t value);
/// `size / width` consecutive accesses, in rising order. Stops at the first error; `destination`
/// then holds the elements before it.
OPENBAR_API openbar_code openbar_read_block(openbar_device device, uint32_t region, uint64_t offset,
                                            void* destination, size_t size, uint32_t width);
OPENBAR_API openbar_code openbar_write_block(openbar_device device, uint32_t region,
                                             uint64_t offset, const void* source, size_t size,
                                             uint32_t width);

/// @name Mappings (mapping.hpp, copy.hpp)

enum {
    OPENBAR_UNCACHED = 0,
    OPENBAR_WRITE_COMBINING = 1,
    OPENBAR_CACHED = 2,
    OPENBAR_UNKNOWN_MEMORY_TYPE = 3,
    OPENBAR_EMULATED = 4  ///< each access traps, and a simulated card answers it
};

typedef struct openbar_map_options {
    uint32_t struct_size;
    uint32_t memory_type;  ///< a wish: OPENBAR_UNCACHED or OPENBAR_WRITE_COMBINING
    uint64_t offset;       ///< from the region's start; any multiple of 8
    uint64_t length;       ///< 0: to the region's end
    uint32_t read_only;    ///< 1: a store faults
    uint32_t reserved;
} openbar_map_options;

OPENBAR_API openbar_code openbar_map(openbar_device device, uint32_t region,
                                     const openbar_map_options* options, openbar_mapping* mapping);

typedef struct openbar_mapping_info {
    uint32_t struct_size;
    uint32_t memory_type;    ///< as granted
    volatile void* address;  ///< valid until the handle is closed
    uint64_t size;
    uint64_t region_offset;  ///< where the mapping starts in the region
} openbar_mapping_info;

OPENBAR_API openbar_code openbar_mapping_get_info(openbar_mapping mapping,
                                                  openbar_mapping_info* info);
/// `OPENBAR_REMOVED` after an access has found the device gone (vfio, vfio_user, sim).
OPENBAR_API openbar_code openbar_mapping_status(openbar_mapping mapping);

/// One load or store of exactly this width at an address in a mapping. No lock, no check: the
/// address must lie in the mapping and be a multiple of the width. A C program may instead use
/// pointers to volatile integers.
OPENBAR_API uint8_t openbar_load8(const volatile void* address);
OPENBAR_API uint16_t openbar_load16(const volatile void* address);
OPENBAR_API uint32_t openbar_load32(const volatile void* address);
OPENBAR_API void openbar_store8(volatile void* address, uint8_t value);
OPENBAR_API void openbar_store16(volatile void* address, uint16_t value);
OPENBAR_API void openbar_store32(volatile void* address, uint32_t value);
#if UINTPTR_MAX > 0xffffffff  // a 32-bit processor has no 64-bit load or store
OPENBAR_API uint64_t openbar_load64(const volatile void* address);
OPENBAR_API void openbar_store64(volatile void* address, uint64_t value);
#endif

/// Copies blocks to and from a mapping. `width` is that of each access, or 0: the widest legal ones.
OPENBAR_API openbar_code openbar_copy_to_device(openbar_mapping mapping, uint64_t offset,
                                                const void* source, size_t size, uint32_t width);
OPENBAR_API openbar_code openbar_copy_from_device(openbar_mapping mapping, uint64_t offset,
                                                  void* destination, size_t size, uint32_t width);
OPENBAR_API openbar_code openbar_fill(openbar_mapping mapping, uint64_t offset, uint64_t size,
                                      uint8_t value, uint32_t width);

/// @name Interrupts (interrupt.hpp)

enum {
    OPENBAR_INTX = 0,
    OPENBAR_MSI = 1,
    OPENBAR_MSIX = 2,
    OPENBAR_BEST_KIND = 0xff  ///< MSI-X, then MSI, then INTx
};
#define OPENBAR_NO_LIMIT UINT64_MAX

typedef struct openbar_vector_info {
    uint32_t struct_size;
    uint32_t kind;
    uint32_t count;  ///< vectors 0…count-1
    uint32_t maskable;
} openbar_vector_info;

/// The kind at `position`, from 0 to `vector_kind_count` - 1, the best first.
OPENBAR_API openbar_code openbar_device_get_vectors(openbar_device device, uint32_t position,
                                                    openbar_vector_info* info);

/// Enables vector `index` of a kind. MSI and MSI-X need `openbar_set_bus_master`.
OPENBAR_API openbar_code openbar_enable_vector(openbar_device device, uint32_t kind, uint32_t index,
                                               openbar_interrupt* interrupt);

typedef struct openbar_interrupt_info {
    uint32_t struct_size;
    uint32_t kind;
    uint32_t vector;
    uint32_t reserved;
    /// Linux: a descriptor for poll(). Windows: a HANDLE. Owned by the interrupt.
    intptr_t native_handle;
} openbar_interrupt_info;

OPENBAR_API openbar_code openbar_interrupt_get_info(openbar_interrupt interrupt,
                                                    openbar_interrupt_info* info);
/// Waits until the vector fires, and gives how often it has fired since the last wait. 0 does not
/// wait; OPENBAR_NO_LIMIT waits forever. `count` may be NULL. One thread may wait at a time: for a
/// second one it is `OPENBAR_BUSY`.
OPENBAR_API openbar_code openbar_wait(openbar_interrupt interrupt, uint64_t timeout,
                                      uint64_t* count);
/// Makes the current wait, or else the next one, return `OPENBAR_CANCELLED`. Takes a subscription to
/// events, too.
OPENBAR_API openbar_code openbar_cancel(openbar_handle interrupt_or_events);
OPENBAR_API openbar_code openbar_mask(openbar_interrupt interrupt);
OPENBAR_API openbar_code openbar_unmask(openbar_interrupt interrupt);
/// Fires the vector from software, to test the path to `openbar_wait`.
OPENBAR_API openbar_code openbar_trigger(openbar_interrupt interrupt);

/// @name Events of a device (events.hpp)

enum {
    OPENBAR_POWER_DOWN = 0,         ///< it is about to lose power: finish
    OPENBAR_POWER_UP = 1,           ///< it has power again, with the values after a reset
    OPENBAR_MAPPINGS_REVOKED = 2,   ///< mappings no longer reach the device: map again
    OPENBAR_REMOVAL_REQUESTED = 3,  ///< the system waits until this program has closed the device
    OPENBAR_GONE = 4,               ///< the device was removed: close it
    OPENBAR_WAS_RESET = 5,          ///< the device was reset: set it up again
    OPENBAR_DEVICE_ERROR = 6        ///< it has reported an error that it cannot correct
};

/// Subscribes to the events of a device. Each subscription receives all events since it was made.
OPENBAR_API openbar_code openbar_subscribe(openbar_device device, openbar_events* events);
/// Waits for the next event and takes it. `timeout` and errors as for `openbar_wait`.
OPENBAR_API openbar_code openbar_next_event(openbar_events events, uint64_t timeout,
                                            uint32_t* event);
/// Fires OPENBAR_DEVICE_ERROR or OPENBAR_REMOVAL_REQUESTED from software, to test the program.
OPENBAR_API openbar_code openbar_trigger_event(openbar_events events, uint32_t event);
/// As `native_handle` of an interrupt: readable while there is an event to take.
OPENBAR_API openbar_code openbar_events_get_native_handle(openbar_events events, intptr_t* native);

/// One that fired, of a list.
typedef struct openbar_ready {
    uint32_t index;  ///< its place in the list
    uint32_t reserved;
    uint64_t count;  ///< of an interrupt as `openbar_wait` gives it; of events, how many there are
} openbar_ready;

/// Waits until one of `count` interrupts and subscriptions fires. Gives all that have, by rising
/// index: `ready` has room for `count`. Events are then taken by `openbar_next_event`.
OPENBAR_API openbar_code openbar_wait_any(const openbar_handle* interrupts_and_events,
                                          uint32_t count, uint64_t timeout, openbar_ready* ready,
                                          uint32_t* ready_count);

/// @name Memory for the device (dma.hpp, pinned_memory.hpp)

typedef struct openbar_dma_options {
    uint32_t struct_size;
    uint32_t scattered;        ///< 1: several segments are allowed
    uint64_t alignment;        ///< of the first bus address, a power of two; 0: a page
    uint64_t highest_address;  ///< of every byte; 0: no limit
} openbar_dma_options;

/// Allocates zeroed, locked memory for the device.
OPENBAR_API openbar_code openbar_allocate_dma(openbar_device device, uint64_t size,
                                              const openbar_dma_options* options,
                                              openbar_memory* memory);

enum { OPENBAR_DEVICE_READS = 1, OPENBAR_DEVICE_WRITES = 2, OPENBAR_DEVICE_READS_AND_WRITES = 3 };

typedef struct openbar_pin_options {
    uint32_t struct_size;
    uint32_t access;           ///< OPENBAR_DEVICE_…; 0: reads and writes
    uint64_t highest_address;  ///< as above
} openbar_pin_options;

/// Gives the device access to the caller's memory until the handle is closed. Close it before the
/// memory is freed.
OPENBAR_API openbar_code openbar_pin(openbar_device device, void* memory, size_t size,
                                     const openbar_pin_options* options, openbar_memory* pinned);

typedef struct openbar_memory_info {
    uint32_t struct_size;
    uint32_t segment_count;
    void* address;  ///< for the processor; valid until the handle is closed
    uint64_t size;
    uint64_t iova;  ///< the bus address of the first byte
} openbar_memory_info;

/// A run of bus addresses.
typedef struct openbar_segment {
    uint64_t iova;
    uint64_t size;
} openbar_segment;

OPENBAR_API openbar_code openbar_memory_get_info(openbar_memory memory, openbar_memory_info* info);
OPENBAR_API openbar_code openbar_memory_get_segment(openbar_memory memory, uint32_t position,
                                                    openbar_segment* segment);
/// After writing the memory, before the access that makes the device read it.
OPENBAR_API void openbar_sync_for_device(void);
/// After the register read or interrupt that reports the device's write, before reading the memory.
OPENBAR_API void openbar_sync_for_cpu(void);

/// @name Configuration space (configuration.hpp)
///
/// It is read and written as region 7.

typedef struct openbar_pci_capability {
    uint32_t struct_size;
    uint32_t id;
    uint32_t offset;    ///< from the start of the configuration space
    uint32_t extended;  ///< 1: in the PCI Express part, from 0x100 on
    uint32_t version;   ///< of an extended capability
    uint32_t reserved;
    const char* name;  ///< "MSI-X"; "unknown". Valid forever
} openbar_pci_capability;

/// The capability at `position` of the list, from 0 on; the extended ones come last.
/// `OPENBAR_NOT_FOUND` behind the last one.
OPENBAR_API openbar_code openbar_get_pci_capability(openbar_device device, uint32_t position,
                                                    openbar_pci_capability* capability);
/// The first capability with this id. `extended`: 1 for the part from 0x100 on, else 0.
OPENBAR_API openbar_code openbar_find_pci_capability(openbar_device device, uint32_t id,
                                                     uint32_t extended,
                                                     openbar_pci_capability* capability);

/// The place and width of a standard register, by its name as setpci spells it: "command".
OPENBAR_API openbar_code openbar_find_configuration_register(const char* name, uint32_t* offset,
                                                             uint32_t* width);

/// @name PCI functions of this machine (pci.hpp)

typedef struct openbar_function_info {
    uint32_t struct_size;
    uint32_t enabled;             ///< the kernel has switched decoding on
    const char* address;          ///< "0000:00:04.0"
    const char* kernel_driver;    ///< or ""
    const char* driver_override;  ///< Linux: the driver it is reserved for, or ""
    const char* power_state;      ///< "D0", "D3hot", …; "" if unknown
    uint32_t vendor_id;
    uint32_t device_id;
    uint32_t subsystem_vendor_id;
    uint32_t subsystem_id;
    uint32_t class_code;
    uint32_t revision;
    int64_t iommu_group;  ///< -1: none
} openbar_function_info;

/// A snapshot of all functions, without opening them. Needs no privilege.
OPENBAR_API openbar_code openbar_list_functions(openbar_functions* functions, uint32_t* count);
OPENBAR_API openbar_code openbar_functions_get(openbar_functions functions, uint32_t position,
                                               openbar_function_info* info);

/// @name Descriptions (description.hpp, card_files.hpp)

/// Reads a description file: CMSIS-SVD, LiteX, IP-XACT, SystemRDL, or an openbar card file.
OPENBAR_API openbar_code openbar_read_description(const char* file,
                                                  openbar_description* description);
/// The description of an open device, by its PCI ids: from the places of card_files.hpp.
OPENBAR_API openbar_code openbar_find_description(openbar_device device,
                                                  openbar_description* description);

typedef struct openbar_description_info {
    uint32_t struct_size;
    uint32_t register_count;  ///< every element of every array
    const char* name;
    const char* vendor;
    const char* format;  ///< "CMSIS-SVD", …
} openbar_description_info;

OPENBAR_API openbar_code openbar_description_get_info(openbar_description description,
                                                      openbar_description_info* info);

enum {
    OPENBAR_ACCESS_NONE = 0,
    OPENBAR_ACCESS_READ_ONLY = 1,
    OPENBAR_ACCESS_WRITE_ONLY = 2,
    OPENBAR_ACCESS_READ_WRITE = 3,
    OPENBAR_ACCESS_WRITE_ONCE = 4,
    OPENBAR_ACCESS_READ_WRITE_ONCE = 5
};
enum {
    OPENBAR_READ_EFFECT_NONE = 0,
    OPENBAR_READ_EFFECT_CLEAR = 1,
    OPENBAR_READ_EFFECT_SET = 2,
    OPENBAR_READ_EFFECT_OTHER = 3
};
enum {
    OPENBAR_WRITE_EFFECT_NONE = 0,
    OPENBAR_WRITE_EFFECT_ONE_TO_CLEAR = 1,
    OPENBAR_WRITE_EFFECT_ONE_TO_SET = 2,
    OPENBAR_WRITE_EFFECT_ONE_TO_TOGGLE = 3,
    OPENBAR_WRITE_EFFECT_ZERO_TO_CLEAR = 4,
    OPENBAR_WRITE_EFFECT_ZERO_TO_SET = 5,
    OPENBAR_WRITE_EFFECT_ZERO_TO_TOGGLE = 6,
    OPENBAR_WRITE_EFFECT_CLEAR = 7,
    OPENBAR_WRITE_EFFECT_SET = 8,
    OPENBAR_WRITE_EFFECT_OTHER = 9
};
enum { OPENBAR_LITTLE_ENDIAN = 0, OPENBAR_BIG_ENDIAN = 1 };

typedef struct openbar_register_info {
    uint32_t struct_size;
    uint32_t position;             ///< 0…register_count-1, for the functions below
    const char* name;              ///< the path in the region: "UART0.RX[3].CTRL"
    const char* region;            ///< "bar0", "config", or "" if the file does not name it
    const char* about;             ///< the description's text, or ""
    uint64_t offset;               ///< from the region's start
    uint64_t reset;                ///< the value after reset, where `reset_mask` has ones
    uint64_t reset_mask;           ///< 0: not described
    int32_t bar;                   ///< the number of the BAR; -1 if none is named
    uint32_t width;                ///< bits
    uint32_t access_width;         ///< bits of the widest single access
    uint32_t word_stride;          ///< bytes from one such word to the next
    uint32_t byte_order;           ///< OPENBAR_LITTLE_ENDIAN, …
    uint32_t access;               ///< OPENBAR_ACCESS_…
    uint32_t read_effect;          ///< OPENBAR_READ_EFFECT_…
    uint32_t write_effect;         ///< OPENBAR_WRITE_EFFECT_…
    uint32_t reading_has_effects;  ///< of it or of one of its fields
    uint32_t field_count;
} openbar_register_info;

typedef struct openbar_field_info {
    uint32_t struct_size;
    uint32_t low;  ///< the lowest bit
    uint32_t width;
    uint32_t access;
    uint32_t read_effect;
    uint32_t write_effect;
    uint32_t value_count;
    uint32_t reserved;
    const char* name;
    const char* about;
} openbar_field_info;

/// A named value of a field: of all values v with (v & mask) == value.
typedef struct openbar_value_info {
    uint32_t struct_size;
    uint32_t is_default;  ///< of all values that have no other name
    uint32_t for_reading;
    uint32_t for_writing;
    uint64_t value;
    uint64_t mask;
    const char* name;
    const char* about;
} openbar_value_info;

OPENBAR_API openbar_code openbar_description_get_register(openbar_description description,
                                                          uint32_t position,
                                                          openbar_register_info* info);
/// By name: "UART0.RX[3].CTRL", "bar0.CTRL". The first parts may be omitted if one register matches.
OPENBAR_API openbar_code openbar_find_register(openbar_description description, const char* name,
                                               openbar_register_info* info);
OPENBAR_API openbar_code openbar_register_get_field(openbar_description description,
                                                    uint32_t register_position,
                                                    uint32_t field_position,
                                                    openbar_field_info* info);
OPENBAR_API openbar_code openbar_field_get_value(openbar_description description,
                                                 uint32_t register_position,
                                                 uint32_t field_position, uint32_t value_position,
                                                 openbar_value_info* info);

/// @name Device trees (device_tree.hpp)

/// The peripheral at a path, alias or label of a device tree: of the file `tree`, or of the running
/// system if `tree` is NULL. Linux only.
OPENBAR_API openbar_code openbar_find_peripheral(const char* tree, const char* path,
                                                 openbar_peripheral* peripheral);

typedef struct openbar_peripheral_info {
    uint32_t struct_size;
    uint32_t has_interrupt;
    const char* path;
    const char* uio;  ///< "uio0" if it is bound to UIO, else ""
    uint32_t block_count;
    uint32_t reserved;
} openbar_peripheral_info;

/// One block of registers.
typedef struct openbar_block_info {
    uint32_t struct_size;
    uint32_t reserved;
    const char* name;  ///< from `reg-names`, or ""
    uint64_t bus_address;
    uint64_t physical_address;
    uint64_t length;
} openbar_block_info;

OPENBAR_API openbar_code openbar_peripheral_get_info(openbar_peripheral peripheral,
                                                     openbar_peripheral_info* info);
OPENBAR_API openbar_code openbar_peripheral_get_block(openbar_peripheral peripheral,
                                                      uint32_t position, openbar_block_info* info);

#ifdef __cplusplus
}
#endif

#endif
