/// What one driver image may drive: a block inside the image, under its signature.
///
///     openbar inf --vendor 1234 --device 11e8 …          # fills it in, before anybody signs
///
/// A signed driver that drives whatever the registry binds to it would be a tool for whoever has
/// gained an administrator's rights. So the ids and ranges stand where only the signer can write
/// them. As it is built the block is empty, and the driver starts for no device at all.
///
/// Found in the file by its magic number, of which an image holds exactly one.
#pragma once

#include <stdint.h>

#define OPENBAR_PERMIT_MAGIC                                                                      \
    {                                                                                             \
        0x6f, 0x70, 0x65, 0x6e, 0x62, 0x61, 0x72, 0x20, 0x70, 0x65, 0x72, 0x6d, 0x69, 0x74, 0x1a, \
            0x01                                                                                  \
    }
#define OPENBAR_MAX_PERMITTED 16

enum openbar_permit_flag {
    /// Bus mastering also where nothing proves that an IOMMU confines the device.
    OPENBAR_PERMIT_DMA_WITHOUT_IOMMU = 1
};

enum openbar_permitted_subsystem { OPENBAR_THIS_SUBSYSTEM = 0, OPENBAR_ANY_SUBSYSTEM = 1 };

/// A PCI function, by what its configuration space says.
struct openbar_permitted_function {
    uint16_t vendor;
    uint16_t device;
    uint16_t subsystem_vendor;
    uint16_t subsystem;
    uint32_t which_subsystem;  ///< openbar_permitted_subsystem
    uint32_t reserved;         ///< 0
};

enum openbar_permitted_kind { OPENBAR_PERMITTED_PORTS = 1, OPENBAR_PERMITTED_MEMORY = 2 };

/// Bytes `first` to `last` of a board that is not on PCI.
struct openbar_permitted_range {
    uint32_t kind;      ///< openbar_permitted_kind
    uint32_t reserved;  ///< 0
    uint64_t first;
    uint64_t last;
};

struct openbar_permit {
    uint8_t magic[16];
    uint32_t size;  ///< of this structure
    uint32_t flags;
    uint32_t function_count;
    uint32_t range_count;
    struct openbar_permitted_function functions[OPENBAR_MAX_PERMITTED];
    struct openbar_permitted_range ranges[OPENBAR_MAX_PERMITTED];
};

#ifdef __cplusplus
static_assert(sizeof(openbar_permit) == 32 + 16 * 16 + 16 * 24,
              "the same in the tool and the driver");
#endif
