/// A region: one BAR, the expansion ROM, the configuration space, or a platform register block.
///
///     auto region = device.region(0).value();               // BAR 0
///     auto status = region.read<std::uint32_t>(0x20);       // one 32-bit request, no mapping
///     if (!status) { std::cerr << status.error() << "\n"; return 1; }
///     region.write<std::uint32_t>(0x08, 10).value();
///
/// This is *request access*: each access is one request to the kernel or to the simulated card. For
/// plain loads and stores see `mapping.hpp`; for registers by name, `register.hpp`.
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace openbar {

class Backend;

/// The number of a region. Of a PCI function, 0 to 5 are the BARs, 6 is the expansion ROM and 7 the
/// configuration space, as in the Linux VFIO interface (`linux/vfio.h`,
/// VFIO_PCI_BAR0_REGION_INDEX…). A platform device has its register blocks at 0, 1, …
using RegionIndex = std::uint32_t;
inline constexpr RegionIndex rom_region = 6;
inline constexpr RegionIndex configuration_region = 7;

enum class RegionKind : std::uint8_t { memory, port_io, configuration };

/// How the processor treats accesses to a mapping.
enum class MemoryType : std::uint8_t {
    uncached,         ///< each access reaches the device, in program order
    write_combining,  ///< stores may be merged and delayed until a fence; loads are uncached
    cached,           ///< ordinary memory: plain memory of simulated cards, DMA buffers
    unknown,          ///< the kernel does not report the granted type
    emulated,         ///< each access traps, and a simulated card answers it
};

/// A part of a region, in bytes from the region's start.
struct Range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    friend bool operator==(const Range&, const Range&) = default;
};

struct RegionInfo {
    RegionIndex index = 0;
    std::string name;  ///< "bar0"…"bar5", "rom", "config"
    RegionKind kind = RegionKind::memory;
    std::uint64_t size = 0;  ///< bytes
    bool readable = true;
    bool writable = true;
    bool prefetchable = false;
    bool is_64bit = false;          ///< the BAR takes 64-bit addresses
    std::vector<Range> mappable{};  ///< the parts that can be mapped; empty: request access only
    std::vector<Range> emulated{};  ///< the parts of `mappable` in which each access traps
    std::string not_mappable_because{};  ///< why `mappable` is empty, for people; else empty
    /// Why no access works at the moment, for people: a kernel driver owns the device, or its memory
    /// decoding is off. Empty if accesses work, and where the back end learns it by an access only.
    std::string not_reachable_because{};
    std::uint64_t physical_address = 0;  ///< 0 if it has none or the back end does not report it
};

/// A handle on one region of an open device, for request access. Copies are cheap and refer to
/// the same region; each keeps the device open.
///
/// Thread-safety: any number of threads may use one Region at once; each access is one request.
class Region {
public:
    [[nodiscard]] const RegionInfo& info() const noexcept { return *info_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return info_->size; }

    /// Reads one value with one access of exactly T's width, `offset` bytes from the region's
    /// start. The expansion ROM is the exception: the kernel copies it with accesses of its choice,
    /// and it reads as all ones after the end of its image.
    ///
    /// Errors: out_of_range; misaligned (offset not a multiple of sizeof(T)); unsupported (this
    /// width is refused: 8 bytes of ports, of the configuration space, and, through vfio, of memory
    /// that cannot be mapped); disabled; removed; io. vfio does not show the MSI-X table.
    template <AccessWidth T>
    [[nodiscard]] Result<T> read(std::uint64_t offset) const {
        auto value = read_width(offset, sizeof(T));
        if (!value) return std::move(value).error();
        return static_cast<T>(*value);
    }

    /// Writes one value with one access of exactly T's width. When this returns, a posted write has
    /// left the processor; it has reached the device when a later read of the same device returns.
    /// Errors: those of `read`; after an error nothing has been written.
    template <AccessWidth T>
    [[nodiscard]] Result<void> write(std::uint64_t offset, T value) const {
        return write_width(offset, sizeof(T), value);
    }

    /// `read` and `write` with a width known only at run time: 1, 2, 4 or 8 bytes. Another width is
    /// invalid_argument.
    [[nodiscard]] Result<std::uint64_t> read_width(std::uint64_t offset, unsigned width) const;
    [[nodiscard]] Result<void> write_width(std::uint64_t offset, unsigned width,
                                           std::uint64_t value) const;

    /// Reads `destination.size() / width` consecutive elements of `width` bytes, in rising order.
    /// Stops at the first error; `destination` then holds the elements before it. Errors: those of
    /// `read`; invalid_argument if the size is not a multiple of the width.
    [[nodiscard]] Result<void> read_block(std::uint64_t offset, std::span<std::byte> destination,
                                          unsigned width) const;
    [[nodiscard]] Result<void> write_block(std::uint64_t offset, std::span<const std::byte> source,
                                           unsigned width) const;

private:
    friend class Device;
    Region(std::shared_ptr<Backend> backend, const RegionInfo* info) noexcept
        : backend_(std::move(backend)), info_(info) {}

    std::shared_ptr<Backend> backend_;
    const RegionInfo* info_;  // owned by the back end, which backend_ keeps
};

}  // namespace openbar
