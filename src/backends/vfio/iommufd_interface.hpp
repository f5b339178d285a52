/// The requests of iommufd and of VFIO's device nodes, which the kernel headers of Debian 12 lack.
/// Source: include/uapi/linux/iommufd.h (since 6.2) and include/uapi/linux/vfio.h (device nodes since
/// 6.6, tokens since 6.17) of the Linux kernel.
#pragma once

#include <sys/ioctl.h>

#include <cstdint>

namespace openbar::vfio::iommufd {

inline constexpr unsigned long destroy = _IO(';', 0x80);
struct Destroy {
    std::uint32_t size = sizeof(Destroy);
    std::uint32_t id = 0;
};

inline constexpr unsigned long ioas_allocate = _IO(';', 0x81);
struct IoasAllocate {
    std::uint32_t size = sizeof(IoasAllocate);
    std::uint32_t flags = 0;
    std::uint32_t id = 0;  ///< out
};

inline constexpr unsigned long ioas_ranges = _IO(';', 0x84);
struct IovaRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};
struct IoasRanges {
    std::uint32_t size = sizeof(IoasRanges);
    std::uint32_t ioas = 0;
    std::uint32_t count = 0;  ///< in: the room; out: how many there are
    std::uint32_t reserved = 0;
    std::uint64_t ranges = 0;     ///< a pointer to IovaRange
    std::uint64_t alignment = 0;  ///< out
};

inline constexpr unsigned long ioas_map = _IO(';', 0x85);
inline constexpr std::uint32_t map_at_iova = 1U << 0;
inline constexpr std::uint32_t map_writeable = 1U << 1;
inline constexpr std::uint32_t map_readable = 1U << 2;
struct IoasMap {
    std::uint32_t size = sizeof(IoasMap);
    std::uint32_t flags = 0;
    std::uint32_t ioas = 0;
    std::uint32_t reserved = 0;
    std::uint64_t memory = 0;  ///< a pointer
    std::uint64_t length = 0;
    std::uint64_t iova = 0;
};

inline constexpr unsigned long ioas_unmap = _IO(';', 0x86);
struct IoasUnmap {
    std::uint32_t size = sizeof(IoasUnmap);
    std::uint32_t ioas = 0;
    std::uint64_t iova = 0;
    std::uint64_t length = 0;  ///< out: what was unmapped
};

inline constexpr unsigned long bind_device = _IO(';', 100 + 18);
inline constexpr std::uint32_t bind_with_token = 1U << 0;
struct BindDevice {
    std::uint32_t size = 0;  ///< kernels without tokens refuse a longer one
    std::uint32_t flags = 0;
    std::int32_t iommufd = -1;
    std::uint32_t id = 0;     ///< out
    std::uint64_t token = 0;  ///< a pointer to 16 bytes
};

inline constexpr unsigned long attach_device = _IO(';', 100 + 19);
struct AttachDevice {
    std::uint32_t size = sizeof(AttachDevice);
    std::uint32_t flags = 0;
    std::uint32_t ioas = 0;
};

}  // namespace openbar::vfio::iommufd
