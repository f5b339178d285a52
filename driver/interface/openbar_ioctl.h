/// The contract of openbar.sys and the library: request codes, structures, statuses, limits.
///
/// Reading the 32-bit register at 0x20 of BAR 0, from a program:
///
///     struct openbar_step step = {0};
///     struct { struct openbar_program program; struct openbar_step step; } request = {0};
///     openbar_prepare(&request.program.header, sizeof request);
///     request.program.step_count = 1;
///     request.step = (struct openbar_step){.operation = OPENBAR_STEP_READ, .width = 4, .offset =
///     0x20}; struct { struct openbar_program_result result; uint64_t value; } answer;
///     DeviceIoControl(device, OPENBAR_IOCTL_PROGRAM, &request, sizeof request,
///                     &answer, sizeof answer, &returned, NULL);
///
/// One header for both sides, C and C++, 32 and 64 bits: fixed-width fields only, no pointers, no
/// implicit padding; the layouts are asserted in `openbar_ioctl_layout.h`. What each request does,
/// who owns what and which status means what is told in docs/driver-contract.md.
///
/// Every structure that goes in begins with an `openbar_header`. A driver accepts a longer
/// structure than it knows if the part it does not know is zero, so that fields can be added, and
/// a shorter one that ends before a field that was added later (`OPENBAR_FIRST_SIZE_…`).
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The version of this contract. A driver serves a range of versions; see `openbar_negotiation`.
#define OPENBAR_CONTRACT_VERSION 1u

/// The device interface under which openbar devices are found, as an initializer of a GUID:
/// {6f70656e-6261-4172-8d3c-5ba1b8a5f0e1}.
#define OPENBAR_DEVICE_INTERFACE_GUID                      \
    {                                                      \
        0x6f70656eu, 0x6261u, 0x4172u, {                   \
            0x8d, 0x3c, 0x5b, 0xa1, 0xb8, 0xa5, 0xf0, 0xe1 \
        }                                                  \
    }

enum openbar_limit {
    OPENBAR_MAX_SESSIONS = 64,        ///< handles open on one device at once
    OPENBAR_MAX_OBJECTS = 1024,       ///< mappings, vectors and DMA objects of one handle
    OPENBAR_MAX_WAITS = 256,          ///< waits pended by one handle at once
    OPENBAR_MAX_STEPS = 256,          ///< steps of one register program
    OPENBAR_MAX_PIECES = 64,          ///< pieces that one mapping is put together from
    OPENBAR_MAX_VECTORS = 2048,       ///< vectors of one device, the most that MSI-X has
    OPENBAR_MAX_REGIONS = 8,          ///< 0…5 the BARs, 6 the ROM, 7 the configuration space
    OPENBAR_MAX_MAPPABLE = 3,         ///< mappable parts of one region
    OPENBAR_MAX_SEGMENTS = 64,        ///< DMA segments told by one request
    OPENBAR_MAX_BULK = 1 << 20,       ///< bytes of one bulk transfer
    OPENBAR_MAX_PIN = 1 << 28,        ///< bytes of one pinned range
    OPENBAR_MAX_DMA_BUFFER = 1 << 26  ///< bytes of one DMA buffer
};

/// What the structures were before fields were added to them.
#define OPENBAR_FIRST_SIZE_ENABLE_VECTOR 56

/// The longest that the delays and deadlines of one register program may add up to: 1 s.
#define OPENBAR_MAX_PROGRAM_NS UINT64_C(1000000000)

/// Regions are numbered as everywhere in openbar. A fixed-resource device has its ranges at 0, 1,
/// … in the order of its resource list, and no configuration space.
enum openbar_region_number { OPENBAR_REGION_ROM = 6, OPENBAR_REGION_CONFIGURATION = 7 };

/// Name, value, NTSTATUS that the driver returns for it, what GetLastError() then gives,
/// `openbar::ErrorCode`, meaning.
#define OPENBAR_STATUSES(X)                                                                        \
    X(OK, 0, 0x00000000, 0, io, "done")                                                            \
    X(INVALID, 1, 0xC000000D, 87, invalid_argument, "a field has a value that makes no sense")     \
    X(LENGTH, 2, 0xC0000004, 24, invalid_argument, "the input's length is not the structure's")    \
    X(OUTPUT_LENGTH, 3, 0xC0000023, 122, invalid_argument, "the output buffer is too small")       \
    X(UNKNOWN_REQUEST, 4, 0xC0000010, 1, unsupported, "no such request code")                      \
    X(VERSION, 5, 0xC0000059, 1306, unsupported, "a contract version that this driver lacks")      \
    X(RANGE, 6, 0xC0000011, 38, out_of_range, "offset and length leave the region, or wrap")       \
    X(ALIGNMENT, 7, 0xC0000220, 1132, misaligned, "the offset is no multiple of the width")        \
    X(NOT_FOUND, 8, 0xC0000225, 1168, not_found,                                                   \
      "no such region, vector or object of this handle")                                           \
    X(UNSUPPORTED, 9, 0xC00000BB, 50, unsupported, "this device or kernel cannot do it")           \
    X(PROTECTED, 10, 0xC00000A2, 19, permission_denied, "bytes that no request may write or map")  \
    X(NOT_OWNER, 11, 0xC0000022, 5, permission_denied, "the handle belongs to another process")    \
    X(POLICY, 12, 0xC0000361, 1260, permission_denied, "the administrator has not allowed it")     \
    X(BUSY, 13, 0xC0000043, 32, busy, "another handle has it, or something still uses it")         \
    X(PAUSED, 14, 0xC000022D, 1237, busy, "Windows is moving the device's resources; try again")   \
    X(ASLEEP, 15, 0xC00000A3, 21, disabled, "powered down, not started, or decoding is off")       \
    X(REMOVED, 16, 0xC00002B6, 1617, removed, "the device has gone")                               \
    X(TIMED_OUT, 17, 0xC00000B5, 121, timed_out, "a poll's deadline passed")                       \
    X(CANCELLED, 18, 0xC0000120, 995, cancelled, "the request was given up, or what it waits for") \
    X(NO_MEMORY, 19, 0xC000009A, 1450, resource_exhausted, "the kernel has no memory for it")      \
    X(NO_ADDRESSES, 20, 0xC0000017, 8, resource_exhausted, "no room in the process's addresses")   \
    X(LIMIT, 21, 0xC0000044, 1816, resource_exhausted, "a documented limit is reached")            \
    X(CLOSED, 22, 0xC0000128, 6, cancelled, "the last handle has been closed")                     \
    X(FAULT, 23, 0xC0000005, 998, invalid_argument, "the memory named is not the caller's")        \
    X(DEVICE, 24, 0xC0000185, 1117, io, "the device or its bus did not do it")

typedef uint32_t openbar_status;

#define OPENBAR_STATUS_VALUE(name, value, ntstatus, win32, code, meaning) \
    OPENBAR_STATUS_##name = value,
enum openbar_status_value { OPENBAR_STATUSES(OPENBAR_STATUS_VALUE) OPENBAR_STATUS_COUNT };
#undef OPENBAR_STATUS_VALUE

// The parts of a control code, as winioctl.h and wdm.h lay them out. Spelt here so that the core
// and its tests need neither; openbar_ioctl_layout.h compares them where CTL_CODE is known.
#define OPENBAR_METHOD_BUFFERED 0u
#define OPENBAR_METHOD_IN_DIRECT 1u
#define OPENBAR_METHOD_OUT_DIRECT 2u
#define OPENBAR_READ 1u   ///< FILE_READ_DATA
#define OPENBAR_WRITE 2u  ///< FILE_WRITE_DATA
#define OPENBAR_CONTROL_CODE(function, method, access) \
    ((0x22u << 16) | ((access) << 14) | ((function) << 2) | (method))

// Whatever can change the state of the device or of the handle needs a handle opened for writing
// as well: reading a register may clear it. None of the codes has FILE_ANY_ACCESS.
#define OPENBAR_BUFFERED(function) \
    OPENBAR_CONTROL_CODE(function, OPENBAR_METHOD_BUFFERED, OPENBAR_READ | OPENBAR_WRITE)

/// in: openbar_negotiation, out: openbar_negotiation
#define OPENBAR_IOCTL_NEGOTIATE OPENBAR_CONTROL_CODE(0x900u, OPENBAR_METHOD_BUFFERED, OPENBAR_READ)
/// in: openbar_header, out: openbar_description
#define OPENBAR_IOCTL_DESCRIBE OPENBAR_CONTROL_CODE(0x901u, OPENBAR_METHOD_BUFFERED, OPENBAR_READ)
/// in: openbar_header, out: openbar_counters
#define OPENBAR_IOCTL_COUNTERS OPENBAR_CONTROL_CODE(0x902u, OPENBAR_METHOD_BUFFERED, OPENBAR_READ)
/// in: openbar_map, out: openbar_mapping
#define OPENBAR_IOCTL_MAP OPENBAR_BUFFERED(0x910u)
/// in: openbar_object, the mapping
#define OPENBAR_IOCTL_UNMAP OPENBAR_BUFFERED(0x911u)
/// in: openbar_object, a mapping or DMA buffer, out: openbar_mapping_state
#define OPENBAR_IOCTL_MAPPING_STATE OPENBAR_BUFFERED(0x912u)
/// in: openbar_program and its steps, out: openbar_program_result and a value for each step
#define OPENBAR_IOCTL_PROGRAM OPENBAR_BUFFERED(0x920u)
/// in: openbar_bulk, out (direct): the bytes read
#define OPENBAR_IOCTL_BULK_READ \
    OPENBAR_CONTROL_CODE(0x921u, OPENBAR_METHOD_OUT_DIRECT, OPENBAR_READ | OPENBAR_WRITE)
/// in: openbar_bulk; the "output buffer" (direct) holds the bytes to write
#define OPENBAR_IOCTL_BULK_WRITE \
    OPENBAR_CONTROL_CODE(0x922u, OPENBAR_METHOD_IN_DIRECT, OPENBAR_READ | OPENBAR_WRITE)
/// in: openbar_enable_vector, out: openbar_object, the vector
#define OPENBAR_IOCTL_ENABLE_VECTOR OPENBAR_BUFFERED(0x930u)
/// in: openbar_wait, out: openbar_wait_result; pended until it happens, can be cancelled
#define OPENBAR_IOCTL_WAIT_VECTOR OPENBAR_BUFFERED(0x931u)
/// in: openbar_object, the vector
#define OPENBAR_IOCTL_MASK_VECTOR OPENBAR_BUFFERED(0x932u)
/// in: openbar_object, the vector
#define OPENBAR_IOCTL_UNMASK_VECTOR OPENBAR_BUFFERED(0x933u)
/// in: openbar_object, the vector
#define OPENBAR_IOCTL_DISABLE_VECTOR OPENBAR_BUFFERED(0x934u)
/// in: openbar_allocate_dma, out: openbar_dma
#define OPENBAR_IOCTL_ALLOCATE_DMA OPENBAR_BUFFERED(0x940u)
/// in: openbar_pin, out: openbar_dma
#define OPENBAR_IOCTL_PIN_MEMORY OPENBAR_BUFFERED(0x941u)
/// in: openbar_dma_query, out: openbar_dma_segments
#define OPENBAR_IOCTL_DMA_SEGMENTS OPENBAR_BUFFERED(0x942u)
/// in: openbar_object, a DMA buffer or pinned memory
#define OPENBAR_IOCTL_FREE_DMA OPENBAR_BUFFERED(0x943u)
/// in: openbar_switch
#define OPENBAR_IOCTL_BUS_MASTER OPENBAR_BUFFERED(0x944u)
/// in: openbar_header
#define OPENBAR_IOCTL_RESET OPENBAR_BUFFERED(0x950u)
/// in: openbar_switch: 1 holds the device awake, 0 lets it sleep
#define OPENBAR_IOCTL_AWAKE OPENBAR_BUFFERED(0x951u)
/// in: openbar_switch: 1 keeps vectors, DMA and reset for this handle, busy if another has them
#define OPENBAR_IOCTL_CLAIM OPENBAR_BUFFERED(0x952u)

struct openbar_header {
    uint32_t size;      ///< bytes of the whole structure, steps included: the input's length
    uint16_t version;   ///< OPENBAR_CONTRACT_VERSION
    uint16_t reserved;  ///< 0
};

/// Which version both sides speak. This structure is the same in all versions: `version` of the
/// header is not looked at.
struct openbar_negotiation {
    struct openbar_header header;
    uint16_t oldest;  ///< in: the caller's range of versions; out: the driver's
    uint16_t newest;
    uint16_t chosen;  ///< out: the newest that both know
    uint16_t reserved;
};

enum openbar_region_kind {
    OPENBAR_REGION_ABSENT = 0,
    OPENBAR_REGION_MEMORY = 1,
    OPENBAR_REGION_PORT = 2,
    OPENBAR_REGION_CONFIG = 3
};

enum openbar_memory_type { OPENBAR_UNCACHED = 0, OPENBAR_WRITE_COMBINING = 1, OPENBAR_CACHED = 2 };

enum openbar_region_flag {
    OPENBAR_REGION_PREFETCHABLE = 1,
    OPENBAR_REGION_64BIT = 2,
    OPENBAR_REGION_HOLDS_MSIX_TABLE = 4,  ///< whose pages are left out of `mappable`
    OPENBAR_REGION_SHARES_PAGES = 8       ///< with neighbours; those pages are left out, too
};

struct openbar_range {
    uint64_t offset;
    uint64_t length;
};

struct openbar_region {
    uint8_t kind;            ///< openbar_region_kind
    uint8_t memory_type;     ///< openbar_memory_type in force now
    uint8_t mappable_count;  ///< of `mappable`
    uint8_t reserved;
    uint32_t flags;  ///< openbar_region_flag
    uint64_t size;
    struct openbar_range mappable[OPENBAR_MAX_MAPPABLE];
};

enum openbar_vector_kind {
    OPENBAR_VECTOR_NONE = 0,
    OPENBAR_VECTOR_INTX = 1,
    OPENBAR_VECTOR_MESSAGE = 2  ///< MSI or MSI-X
};

enum openbar_capability {
    OPENBAR_CAN_MAP = 1,
    OPENBAR_CAN_WAIT = 2,          ///< has vectors that can be enabled
    OPENBAR_CAN_DISABLE_INTX = 4,  ///< PCI 2.3 interrupt-disable and status bits work
    OPENBAR_CAN_RESET = 8,         ///< function-level reset
    OPENBAR_CAN_MASTER_BUS = 16,   ///< the administrator allows it
    OPENBAR_CAN_DMA = 32,          ///< the administrator allows it, and there is an adapter
    OPENBAR_CAN_SLEEP = 64,
    OPENBAR_IS_PCI = 128,          ///< the identity fields and the configuration space exist
    OPENBAR_DMA_IS_ISOLATED = 256  ///< an IOMMU confines the device
};

struct openbar_description {
    uint32_t size;  ///< bytes of this structure
    uint32_t capabilities;
    uint16_t vendor, device, subsystem_vendor, subsystem;
    uint32_t class_code;  ///< 24 bits
    uint8_t revision;
    uint8_t max_width;    ///< widest register access of this kernel, in bytes: 4 or 8
    uint8_t vector_kind;  ///< openbar_vector_kind
    uint8_t dma_policy;   ///< openbar_dma_policy
    uint16_t bus;
    uint8_t slot, function;
    uint32_t vector_count;
    uint32_t page_size;
    uint32_t reserved;
    uint64_t driver_version;  ///< four 16-bit parts, major first
    uint64_t max_mapping;     ///< bytes of one mapping that this kernel can do
    uint64_t max_dma;         ///< bytes of DMA buffers and pinned memory together
    struct openbar_region regions[OPENBAR_MAX_REGIONS];
};

/// The administrator's switch, `DmaPolicy` in the device's hardware key.
enum openbar_dma_policy {
    OPENBAR_DMA_OFF = 0,       ///< the bus-master bit stays off: no DMA, no message interrupts
    OPENBAR_DMA_MESSAGES = 1,  ///< bus mastering only while message vectors are enabled
    OPENBAR_DMA_ON = 2         ///< DMA buffers, pinned memory and bus mastering
};

/// Since the device was started, except those that end in `_now`.
struct openbar_counters {
    uint32_t size;
    uint32_t sessions_now;
    uint64_t maps, maps_now;
    uint64_t programs, steps;
    uint64_t bulk_bytes;
    uint64_t waits, waits_now;
    uint64_t interrupts;            ///< delivered to an enabled vector
    uint64_t interrupts_missed;     ///< of those, that no wait returned separately
    uint64_t interrupts_foreign;    ///< on a shared line, not this device's
    uint64_t interrupts_unclaimed;  ///< messages of vectors that nobody has enabled
    uint64_t vectors_now;
    uint64_t dma_bytes_now, pinned_bytes_now;
    uint64_t refusals;     ///< requests that got a status other than OK
    uint64_t revocations;  ///< objects taken back by power-down, stop or removal
    uint64_t resets;
    uint64_t storms;  ///< a line was shut off because nothing else ran any more
};

/// A part of a memory region, to be mapped into the calling process. Whole pages are mapped; they
/// must lie within one of the region's mappable parts.
struct openbar_map {
    struct openbar_header header;
    uint32_t region;
    uint32_t memory_type;  ///< openbar_memory_type asked for
    uint64_t offset;
    uint64_t length;
};

struct openbar_mapping {
    uint64_t object;
    uint64_t address;  ///< where `offset` is, in the calling process
    uint64_t length;
    uint32_t memory_type;  ///< granted
    uint32_t page_offset;  ///< of `address` within its page
};

enum openbar_mapping_condition {
    OPENBAR_MAPPED = 0,
    /// Revoked by power-down, stop or removal. Its addresses are reserved for the program: touching
    /// them faults, and the program may commit its pages there. Letting go of the mapping
    /// releases them.
    OPENBAR_MAPPING_REVOKED = 1,
    /// Revoked, and another thread of the program has allocated at its addresses between the two
    /// steps that this takes: they are that memory's, and never to be touched or released.
    OPENBAR_MAPPING_LOST = 2
};

struct openbar_mapping_state {
    uint64_t address;  ///< of the first page, in the calling process
    uint64_t length;   ///< whole pages
    uint32_t condition;
    uint32_t reserved;
};

/// Any request about one object of this handle.
struct openbar_object {
    struct openbar_header header;
    uint64_t object;
};

enum openbar_step_operation {
    OPENBAR_STEP_READ = 1,
    OPENBAR_STEP_WRITE = 2,         ///< value
    OPENBAR_STEP_MASKED_WRITE = 3,  ///< (register & ~mask) | (value & mask)
    OPENBAR_STEP_POLL = 4,          ///< until (register & mask) == value, at most time_ns
    OPENBAR_STEP_DELAY = 5          ///< at least time_ns
};

struct openbar_step {
    uint16_t operation;  ///< openbar_step_operation
    uint16_t width;      ///< 1, 2, 4 or 8 bytes; 0 for a delay
    uint32_t region;
    uint64_t offset;
    uint64_t value;
    uint64_t mask;
    uint64_t time_ns;
};

/// Register accesses in order, in one request. All steps are checked before the first is done.
/// One that fails ends the program: what came before it stays done.
struct openbar_program {
    struct openbar_header header;
    uint32_t step_count;
    uint32_t reserved;
    // openbar_step steps[step_count] follow
};

/// The request succeeds even where a step failed, so that this arrives.
struct openbar_program_result {
    openbar_status status;  ///< of the step that failed, or OK
    uint32_t steps_done;    ///< and so the index of the one that failed
    // uint64_t values[step_count] follow: what was read (before writing, by a masked write; last,
    // by a poll); 0 for other steps and those not done
};

enum openbar_bulk_flag { OPENBAR_BULK_FIXED_OFFSET = 1 /**< a FIFO: all at the same offset */ };

struct openbar_bulk {
    struct openbar_header header;
    uint32_t region;
    uint16_t width;  ///< 1, 2, 4 or 8: each access; the length is a multiple of it
    uint16_t flags;
    uint64_t offset;
};

enum openbar_silence_flag {
    OPENBAR_SILENCE_BY_REGISTERS = 1,  ///< use the fields below, not the PCI 2.3 bits
    OPENBAR_SILENCE_BY_STATUS = 2,     ///< write what was read, masked, instead of `silence_value`
    OPENBAR_SILENCE_SHUTS_OFF = 4      ///< use the last two fields, too
};

/// Enables one vector. For INTx of a device that lacks the PCI 2.3 bits, or whose registers do it
/// better, the accesses that the interrupt routine makes: the interrupt is the device's where
/// `status & status_mask` is not 0; one write then makes it let go of the line. One more write
/// keeps it from asserting the line again at all: it is made before the line is connected, when it
/// is disabled or masked, before the device sleeps, and when nothing else ends a storm. Whoever
/// enables or unmasks the vector then lets the device interrupt again by its own registers.
struct openbar_enable_vector {
    struct openbar_header header;
    uint32_t vector;
    uint32_t flags;  ///< openbar_silence_flag; 0 for message vectors
    uint32_t region;
    uint16_t width;  ///< 1, 2 or 4 bytes
    uint16_t reserved;
    uint64_t status_offset;
    uint64_t status_mask;
    uint64_t silence_offset;
    uint64_t silence_value;
    uint64_t shut_off_offset;  ///< with OPENBAR_SILENCE_SHUTS_OFF; needed without PCI 2.3 bits
    uint64_t shut_off_value;
};

/// Waits until the vector's count of interrupts differs from `seen`: at once, if it does already.
struct openbar_wait {
    struct openbar_header header;
    uint64_t object;
    uint64_t seen;   ///< `count` of the wait before; 0 at first
    uint32_t flags;  ///< openbar_wait_flag
    uint32_t reserved;
};

enum openbar_wait_flag { OPENBAR_WAIT_UNMASKS = 1 /**< unmasks the vector first */ };

struct openbar_wait_result {
    uint64_t count;    ///< interrupts of this vector since it was enabled
    uint64_t missed;   ///< count - seen - 1
    uint64_t status;   ///< status bits gathered by the interrupt routine since the last wait
    uint64_t time_ns;  ///< when the newest came, on the kernel's monotonic clock
};

struct openbar_allocate_dma {
    struct openbar_header header;
    uint64_t length;
};

enum openbar_pin_flag {
    /// The device may be given copies of the pages where it cannot reach them: what it writes is in
    /// the program's memory only after FREE_DMA, and what the program writes meanwhile is not in
    /// the device's. Without this flag such memory is refused (UNSUPPORTED).
    OPENBAR_PIN_MAY_COPY = 1
};

/// Pins memory of the calling process. It waits for pages that are not in memory, and for nothing
/// else: where the system has no map registers at the moment, it is NO_MEMORY, to be tried again.
struct openbar_pin {
    struct openbar_header header;
    uint64_t address;  ///< in the calling process
    uint64_t length;
    uint32_t device_writes;  ///< 1: the device writes there, too; the memory must be writable
    uint32_t flags;          ///< openbar_pin_flag
};

enum openbar_dma_flag { OPENBAR_DMA_COPIED = 1 /**< see OPENBAR_PIN_MAY_COPY */ };

struct openbar_dma {
    uint64_t object;
    uint64_t address;  ///< of a DMA buffer, in the calling process; 0 for pinned memory
    uint64_t iova;     ///< of its first byte
    uint64_t length;
    uint32_t segment_count;  ///< 1 for a DMA buffer
    uint32_t flags;          ///< openbar_dma_flag
};

struct openbar_dma_query {
    struct openbar_header header;
    uint64_t object;
    uint32_t first;  ///< segment
    uint32_t reserved;
};

struct openbar_dma_segments {
    uint32_t total;
    uint32_t count;                                       ///< of `segments`
    struct openbar_range segments[OPENBAR_MAX_SEGMENTS];  ///< `offset` is the IOVA
};

struct openbar_switch {
    struct openbar_header header;
    uint32_t on;  ///< 0 or 1
    uint32_t reserved;
};

/// Fills a header; the rest of the structure must have been cleared.
static inline void openbar_prepare(struct openbar_header* header, uint32_t size) {
    header->size = size;
    header->version = OPENBAR_CONTRACT_VERSION;
    header->reserved = 0;
}

#ifdef __cplusplus
}
#endif

#include "openbar_ioctl_layout.h"
