/// The layout of the contract's structures, asserted wherever `openbar_ioctl.h` is compiled: the
/// same numbers for 32 and 64 bits, for the driver and for the library.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
#define OPENBAR_ASSERT(condition) static_assert(condition, #condition)
#else
#define OPENBAR_ASSERT(condition) _Static_assert(condition, #condition)
#endif
#define OPENBAR_SIZE(type, bytes) OPENBAR_ASSERT(sizeof(struct openbar_##type) == (bytes))
#define OPENBAR_AT(type, field, bytes) \
    OPENBAR_ASSERT(offsetof(struct openbar_##type, field) == (bytes))

OPENBAR_SIZE(header, 8);
OPENBAR_SIZE(negotiation, 16);
OPENBAR_SIZE(range, 16);
OPENBAR_SIZE(region, 64);
OPENBAR_AT(region, size, 8);
OPENBAR_AT(region, mappable, 16);
OPENBAR_SIZE(description, 64 + 8 * 64);
OPENBAR_AT(description, class_code, 16);
OPENBAR_AT(description, bus, 24);
OPENBAR_AT(description, max_mapping, 48);
OPENBAR_AT(description, regions, 64);
OPENBAR_SIZE(counters, 8 + 18 * 8);
OPENBAR_SIZE(map, 32);
OPENBAR_AT(map, offset, 16);
OPENBAR_SIZE(mapping, 32);
OPENBAR_SIZE(mapping_state, 24);
OPENBAR_SIZE(object, 16);
OPENBAR_SIZE(step, 40);
OPENBAR_AT(step, offset, 8);
OPENBAR_AT(step, time_ns, 32);
OPENBAR_SIZE(program, 16);
OPENBAR_SIZE(program_result, 8);
OPENBAR_SIZE(bulk, 24);
OPENBAR_AT(bulk, offset, 16);
OPENBAR_SIZE(enable_vector, 72);
OPENBAR_AT(enable_vector, status_offset, 24);
OPENBAR_AT(enable_vector, shut_off_offset, OPENBAR_FIRST_SIZE_ENABLE_VECTOR);
OPENBAR_SIZE(wait, 32);
OPENBAR_SIZE(wait_result, 32);
OPENBAR_SIZE(allocate_dma, 16);
OPENBAR_SIZE(pin, 32);
OPENBAR_SIZE(dma, 40);
OPENBAR_SIZE(dma_query, 24);
OPENBAR_SIZE(dma_segments, 8 + 64 * 16);
OPENBAR_SIZE(switch, 16);

#ifdef CTL_CODE
OPENBAR_ASSERT(OPENBAR_IOCTL_PROGRAM == CTL_CODE(FILE_DEVICE_UNKNOWN, 0x920, METHOD_BUFFERED,
                                                 FILE_READ_DATA | FILE_WRITE_DATA));
OPENBAR_ASSERT(OPENBAR_IOCTL_BULK_READ == CTL_CODE(FILE_DEVICE_UNKNOWN, 0x921, METHOD_OUT_DIRECT,
                                                   FILE_READ_DATA | FILE_WRITE_DATA));
OPENBAR_ASSERT(OPENBAR_IOCTL_DESCRIBE ==
               CTL_CODE(FILE_DEVICE_UNKNOWN, 0x901, METHOD_BUFFERED, FILE_READ_DATA));
#endif

#undef OPENBAR_ASSERT
#undef OPENBAR_SIZE
#undef OPENBAR_AT
