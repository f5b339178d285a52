/// The vfio-user protocol on the wire: commands, flags and structures, for client and server.
///
///     protocol::Header header{.id = 1, .command = Command::region_read, .size = sizeof header};
///
/// Source: the vfio-user specification, QEMU `docs/interop/vfio-user.rst`. All fields are in the
/// byte order of the host; each message is one Header and then the structure named beside its
/// command. Structures are copied in and out of buffers with memcpy, never cast.
#pragma once

#include <cstddef>
#include <cstdint>

namespace openbar::vfio_user::protocol {

/// This implementation speaks version 0.1 and every 0.x below it.
inline constexpr std::uint16_t major_version = 0;
inline constexpr std::uint16_t minor_version = 1;

enum class Command : std::uint16_t {
    version = 1,              ///< Version, then JSON; both directions
    dma_map = 2,              ///< DmaMap; empty reply
    dma_unmap = 3,            ///< DmaUnmap; the same in the reply
    device_get_info = 4,      ///< DeviceInfo
    get_region_info = 5,      ///< RegionInfo, then capabilities in the reply
    get_region_io_fds = 6,    ///< not used here: an optimisation for virtual machines
    get_irq_info = 7,         ///< IrqInfo
    set_irqs = 8,             ///< IrqSet, then booleans; empty reply
    region_read = 9,          ///< RegionAccess, then data in the reply
    region_write = 10,        ///< RegionAccess, then data; RegionAccess in the reply
    dma_read = 11,            ///< from the server: DmaAccess, then data in the reply
    dma_write = 12,           ///< from the server: DmaAccess, then data; DmaAccess in the reply
    device_reset = 13,        ///< empty
    region_write_multi = 15,  ///< WriteMulti, then SingleWrite for each; WriteMulti in the reply
    device_feature = 16,      ///< migration: not used here
};

struct Header {
    std::uint16_t id = 0;
    Command command{};
    std::uint32_t size = 0;  ///< of the whole message, this header included
    std::uint32_t flags = 0;
    std::uint32_t error = 0;  ///< errno, in replies with flag_error
};
static_assert(sizeof(Header) == 16 && offsetof(Header, flags) == 8);

inline constexpr std::uint32_t type_mask = 0xf;
inline constexpr std::uint32_t type_command = 0x0;
inline constexpr std::uint32_t type_reply = 0x1;
inline constexpr std::uint32_t flag_no_reply = 0x10;
inline constexpr std::uint32_t flag_error = 0x20;

struct Version {
    std::uint16_t major = major_version;
    std::uint16_t minor = minor_version;
};
static_assert(sizeof(Version) == 4);

struct DmaMap {
    std::uint32_t argsz = sizeof(DmaMap);
    std::uint32_t flags = 0;
    std::uint64_t offset = 0;
    std::uint64_t address = 0;
    std::uint64_t size = 0;
};
static_assert(sizeof(DmaMap) == 32);
inline constexpr std::uint32_t dma_readable = 1U << 0;
inline constexpr std::uint32_t dma_writable = 1U << 1;

struct DmaUnmap {
    std::uint32_t argsz = sizeof(DmaUnmap);
    std::uint32_t flags = 0;
    std::uint64_t address = 0;
    std::uint64_t size = 0;
};
static_assert(sizeof(DmaUnmap) == 24);
/// With address and size 0: every mapping. Linux `VFIO_DMA_UNMAP_FLAG_ALL`; the specification
/// does not list it, libvfio-user understands it.
inline constexpr std::uint32_t dma_unmap_all = 1U << 1;

struct DeviceInfo {
    std::uint32_t argsz = sizeof(DeviceInfo);
    std::uint32_t flags = 0;
    std::uint32_t regions = 0;
    std::uint32_t irqs = 0;
};
static_assert(sizeof(DeviceInfo) == 16);
inline constexpr std::uint32_t device_reset = 1U << 0;
inline constexpr std::uint32_t device_pci = 1U << 1;

struct RegionInfo {
    std::uint32_t argsz = sizeof(RegionInfo);
    std::uint32_t flags = 0;
    std::uint32_t index = 0;
    std::uint32_t capabilities = 0;  ///< offset of the first, from the start of this structure
    std::uint64_t size = 0;
    std::uint64_t offset = 0;  ///< of the region in its descriptor, for mmap
};
static_assert(sizeof(RegionInfo) == 32);
inline constexpr std::uint32_t region_read = 1U << 0;
inline constexpr std::uint32_t region_write = 1U << 1;
inline constexpr std::uint32_t region_mmap = 1U << 2;
inline constexpr std::uint32_t region_capabilities = 1U << 3;

struct CapabilityHeader {
    std::uint16_t id = 0;
    std::uint16_t version = 0;
    std::uint32_t next = 0;  ///< from the start of RegionInfo; 0 ends the list
};
static_assert(sizeof(CapabilityHeader) == 8);
inline constexpr std::uint16_t capability_sparse_mmap = 1;  // linux/vfio.h
inline constexpr std::uint16_t capability_type = 2;

struct SparseMmap {
    std::uint32_t areas = 0;
    std::uint32_t reserved = 0;
};
static_assert(sizeof(SparseMmap) == 8);

struct SparseArea {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};
static_assert(sizeof(SparseArea) == 16);

struct RegionType {
    std::uint32_t type = 0;
    std::uint32_t subtype = 0;
};
static_assert(sizeof(RegionType) == 8);

struct IrqInfo {
    std::uint32_t argsz = sizeof(IrqInfo);
    std::uint32_t flags = 0;
    std::uint32_t index = 0;
    std::uint32_t count = 0;
};
static_assert(sizeof(IrqInfo) == 16);
inline constexpr std::uint32_t irq_eventfd = 1U << 0;
inline constexpr std::uint32_t irq_maskable = 1U << 1;
inline constexpr std::uint32_t irq_automasked = 1U << 2;
inline constexpr std::uint32_t irq_noresize = 1U << 3;

struct IrqSet {
    std::uint32_t argsz = sizeof(IrqSet);
    std::uint32_t flags = 0;
    std::uint32_t index = 0;
    std::uint32_t start = 0;
    std::uint32_t count = 0;
};
static_assert(sizeof(IrqSet) == 20);
inline constexpr std::uint32_t irq_data_none = 1U << 0;
inline constexpr std::uint32_t irq_data_bool = 1U << 1;
inline constexpr std::uint32_t irq_data_eventfd = 1U << 2;
inline constexpr std::uint32_t irq_action_mask = 1U << 3;
inline constexpr std::uint32_t irq_action_unmask = 1U << 4;
inline constexpr std::uint32_t irq_action_trigger = 1U << 5;
inline constexpr std::uint32_t irq_data_bits = irq_data_none | irq_data_bool | irq_data_eventfd;
inline constexpr std::uint32_t irq_action_bits =
    irq_action_mask | irq_action_unmask | irq_action_trigger;

struct RegionAccess {
    std::uint64_t offset = 0;
    std::uint32_t region = 0;
    std::uint32_t count = 0;
};
static_assert(sizeof(RegionAccess) == 16);

/// The specification shows a 4-byte count in the reply to DMA_WRITE, and servers in use read 8:
/// both sides here send this structure.
struct DmaAccess {
    std::uint64_t address = 0;
    std::uint64_t count = 0;
};
static_assert(sizeof(DmaAccess) == 16);

struct WriteMulti {
    std::uint64_t count = 0;
};
static_assert(sizeof(WriteMulti) == 8);

struct SingleWrite {
    std::uint64_t offset = 0;
    std::uint32_t region = 0;
    std::uint32_t count = 0;  ///< 1…8 bytes
    std::uint64_t data = 0;
};
static_assert(sizeof(SingleWrite) == 24);

/// What both sides assume until something else was agreed.
inline constexpr std::uint64_t default_max_transfer = 1U << 20;
inline constexpr std::uint64_t default_max_descriptors = 1;
inline constexpr std::uint64_t default_max_dma_maps = 65535;
inline constexpr std::uint64_t default_page_sizes = 4096;

/// Numbers of regions and interrupt kinds of a PCI device (linux/vfio.h).
inline constexpr std::uint32_t pci_regions = 9;
inline constexpr std::uint32_t pci_irqs = 5;
inline constexpr std::uint32_t error_irq = 3;
inline constexpr std::uint32_t request_irq = 4;

}  // namespace openbar::vfio_user::protocol
