/// How a test makes things happen to the card that it drives: unplugged, put to sleep, rebalanced.
///
/// One buffered code of the stand-in's own, beside the driver's: in, a command; out, the NTSTATUS
/// that the request got from the driver, and what is held and counted then.
#pragma once

#include "tests/wine/hardware/hardware.h"

#include <stdint.h>

/// CTL_CODE(FILE_DEVICE_UNKNOWN, 0xf00, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define STAND_IN_CONTROL ((0x22u << 16) | (0xf00u << 2))

enum stand_in_command {
    STAND_IN_REPORT = 0,
    STAND_IN_QUERY_STOP,
    STAND_IN_CANCEL_STOP,
    STAND_IN_STOP,
    STAND_IN_START,
    STAND_IN_QUERY_REMOVE,
    STAND_IN_CANCEL_REMOVE,
    STAND_IN_SURPRISE_REMOVAL,
    STAND_IN_DEVICE_SLEEP,  ///< IRP_MN_SET_POWER, D3
    STAND_IN_DEVICE_WAKE,   ///< D0
    STAND_IN_SYSTEM_SLEEP,  ///< S3
    STAND_IN_SYSTEM_WAKE,   ///< S0
    STAND_IN_START_IN_RAM,  ///< START of a fixed device with one range that makes no sense
    STAND_IN_START_WRAPPING,
    STAND_IN_START_EMPTY,
    STAND_IN_START_BEYOND_PORTS,
    STAND_IN_START_IN_CONFIGURATION_SPACE,
    STAND_IN_START_ON_KEYBOARD,
    STAND_IN_CAPABILITIES,  ///< status 0: a surprise removal needs no warning
    STAND_IN_WORST,         ///< a stand_in_worst comes in: what Windows does from now on
    STAND_IN_FAULT = 100    ///< plus a stand_in_fault, in an image that has them
};

/// Rules of the kernel's that a faulty driver would break.
enum stand_in_fault {
    STAND_IN_FAULT_LEVEL = 1,
    STAND_IN_FAULT_LEVEL_IN_DPC,
    STAND_IN_FAULT_INTERRUPT,  ///< in the next interrupt
    STAND_IN_FAULT_DPC_LOCK_BELOW,
    STAND_IN_FAULT_RETURN_RAISED,
    STAND_IN_FAULT_RETURN_WITH_LOCK,
    STAND_IN_FAULT_RETURN_IN_REGION,
    STAND_IN_FAULT_RETURN_ATTACHED,
    STAND_IN_FAULT_COMPLETE_TWICE,
    STAND_IN_FAULT_COMPLETE_CANCELLABLE,
    STAND_IN_FAULT_COMPLETE_AS_PENDING,
    STAND_IN_FAULT_COMPLETE_TOO_MUCH,
    STAND_IN_FAULT_COMPLETE_WITH_LOCK,
    STAND_IN_FAULT_BEYOND_END,
    STAND_IN_FAULT_FREE_TWICE,
    STAND_IN_FAULT_WRONG_PROCESS,
    STAND_IN_FAULT_EXECUTABLE_POOL,
    STAND_IN_FAULT_EXECUTABLE_MAPPING,
    STAND_IN_FAULT_WRITE_AFTER_FREE,  ///< seen at unload, as is what was left then
    STAND_IN_FAULT_LEAVE_EVERYTHING
};

/// See tests/worst_case/windows.hpp: a bit for each switch.
struct stand_in_worst {
    uint32_t command;
    uint32_t reserved;
    uint64_t switches;
    uint64_t seed;
};

struct stand_in_answer {
    uint32_t status;
    uint32_t double_completions;
    int32_t pool_blocks;
    int32_t memory_lists;
    int32_t object_references;
    uint32_t dma_address_bits;  ///< of the adapter that the driver asked for
    struct hardware_report hardware;
};
