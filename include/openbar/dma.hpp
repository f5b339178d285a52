/// Memory that the device reads and writes by DMA: DMA buffers, and their common part with pinned
/// memory.
///
///     auto buffer = device.allocate_dma(4096, {.highest_address = 0xfff'ffff}).value();
///     device.set_bus_master(true).value();                 // without it, DMA goes nowhere
///     buffer.span()[0] = std::byte{1};                     // ordinary, cached memory
///     buffer.sync_for_device();                            // before the register that starts it
///     registers.write<edu::DmaSource>(buffer.iova());
///     registers.write<edu::DmaDestination>(edu::dma_buffer);
///     registers.write<edu::DmaCount>(buffer.size() - 1);
///     registers.write<edu::DmaCommand>(edu::DmaCommand::Run{true});
///     registers.wait_until<edu::DmaCommand>(edu::DmaCommand::Run{false}, 1s).value();
///     buffer.sync_for_cpu();                               // before reading what the card wrote
///
/// The device puts the IOVA on the bus. An IOMMU translates it (vfio), the simulator looks it up
/// (vfio_user), or it is the physical address (uio). Behind an IOMMU the device reaches this
/// memory, and the memory that this program has given to other functions of the same IOMMU group,
/// and nothing else.
///
/// The hardware keeps the processor's caches coherent with the device. Every x86 machine does; on
/// others the kernel refuses VFIO for a device that is not coherent (drivers/vfio/vfio_main.c,
/// IOMMU_CAP_CACHE_COHERENCY). So openbar never writes back caches. `sync_for_device` and
/// `sync_for_cpu` order accesses. See docs/memory-order.md.
#pragma once

#include "openbar/dma_order.hpp"
#include "openbar/result.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace openbar {

/// A type for `DmaMemory::as`: integers, and structures and arrays of them.
template <typename T>
concept DmaValue = std::is_object_v<T> && std::is_trivially_copyable_v<T>;

namespace detail {

/// A requested view of DMA memory.
struct ValuesAt {
    std::size_t offset;
    std::size_t count;
    std::size_t size;       ///< of one value, bytes
    std::size_t alignment;  ///< of one value, bytes
};
/// Why the memory does not hold them.
[[nodiscard]] Error wrong_view(const ValuesAt& values, std::span<const std::byte> memory);

}  // namespace detail

/// The accesses that the device may make.
enum class DeviceAccess : std::uint8_t { read = 1, write = 2, read_write = 3 };

/// The requirements of the device's DMA engine.
struct DmaConstraints {
    /// Of the first byte's IOVA, in bytes: a power of two. At least a page is always granted.
    std::uint64_t alignment = 1;
    /// The highest address that the device can put on the bus: 0xffff'ffff for 32 address bits.
    /// Every byte lies at or below it.
    std::uint64_t highest_address = std::numeric_limits<std::uint64_t>::max();
    /// True: one run of bus addresses. False: there may be several `segments()`.
    bool contiguous = true;
};

/// A run of bus addresses.
struct DmaSegment {
    std::uint64_t iova = 0;
    std::uint64_t size = 0;  ///< bytes
    friend bool operator==(const DmaSegment&, const DmaSegment&) = default;
};

/// The common part of DMA buffers and pinned memory. Move-only. It keeps its device open and may
/// outlive the Device object.
///
/// Thread-safety: any number of threads may call const members. The device may change the bytes at
/// any time.
class DmaMemory {
public:
    DmaMemory(DmaMemory&& other) noexcept
        : memory_(std::exchange(other.memory_, {})),
          segments_(std::move(other.segments_)),
          owner_(std::move(other.owner_)) {}
    DmaMemory& operator=(DmaMemory&& other) noexcept {
        memory_ = std::exchange(other.memory_, {});
        segments_ = std::move(other.segments_);
        owner_ = std::move(other.owner_);
        return *this;
    }

    /// The memory itself, for the processor.
    [[nodiscard]] std::span<std::byte> span() const noexcept { return memory_; }
    [[nodiscard]] std::size_t size() const noexcept { return memory_.size(); }  ///< bytes

    /// The memory from byte `offset` on as `count` values of T: a ring of descriptors, a header.
    ///
    ///     struct Descriptor { std::uint64_t address; std::uint32_t length, flags; };
    ///
    ///     auto ring = device.allocate_dma(8192).value();
    ///     auto descriptors = ring.as<Descriptor>(0, 256);
    ///     descriptors[0] = {.address = ring.iova() + 4096, .length = 1514, .flags = 1};
    ///     auto head = ring.as<volatile std::uint32_t>(4096, 1);  // the device writes it
    ///
    /// The bytes are not changed, and no constructor runs. The byte order is the processor's.
    /// Throws `Exception`, in every build type: out_of_range (the values exceed the memory);
    /// misaligned (for T; pinned memory starts at the caller's address). With -fno-exceptions the
    /// program prints the error and aborts.
    template <DmaValue T>
    [[nodiscard]] std::span<T> as(std::size_t offset, std::size_t count) const {
        if (offset > memory_.size() || count > (memory_.size() - offset) / sizeof(T) ||
            (address() + offset) % alignof(T) != 0) [[unlikely]]
            detail::fail(detail::wrong_view({offset, count, sizeof(T), alignof(T)}, memory_));
        return {reinterpret_cast<T*>(memory_.data() + offset), count};
    }

    /// The bus addresses, in the order of the bytes. Together the segments are as long as `span()`;
    /// adjacent runs are one segment.
    [[nodiscard]] const std::vector<DmaSegment>& segments() const noexcept { return segments_; }

    /// The bus address of one byte. Precondition, asserted: offset < size().
    [[nodiscard]] std::uint64_t iova_of(std::size_t offset) const noexcept {
        assert(offset < memory_.size());
        for (const DmaSegment& segment : segments_) {
            if (offset < segment.size) return segment.iova + offset;
            offset -= static_cast<std::size_t>(segment.size);
        }
        return 0;
    }

    /// Call this after writing the memory and before the access that makes the device read it. The
    /// device then sees these writes before any later store of this thread to a register. Cost: on
    /// x86 no instruction, only a compiler barrier; on ARM one `dmb oshst`. It does not depend on
    /// the size, so there is no range.
    void sync_for_device() const noexcept { order_writes_before_device(); }

    /// Call this after the register read or interrupt that reports the end of the device's write,
    /// and before reading the memory. Later reads of this thread then return the new contents.
    /// Cost: as above, with `dmb oshld` on ARM.
    void sync_for_cpu() const noexcept { order_device_before_reads(); }

protected:
    DmaMemory(std::span<std::byte> memory, std::vector<DmaSegment> segments,
              std::shared_ptr<const void> owner) noexcept
        : memory_(memory), segments_(std::move(segments)), owner_(std::move(owner)) {}
    ~DmaMemory() = default;

private:
    [[nodiscard]] std::uintptr_t address() const noexcept {
        return reinterpret_cast<std::uintptr_t>(memory_.data());
    }

    std::span<std::byte> memory_;
    std::vector<DmaSegment> segments_;
    std::shared_ptr<const void> owner_;  // unmaps it from the device, then releases that
};

/// Memory from `Device::allocate_dma`: zeroed, page-aligned and locked. A child of `fork` does not
/// inherit it.
///
/// The destructor unmaps it from the device and frees it. Stop the device first: an IOMMU blocks
/// later writes of the device, but without one (uio, or Windows without an IOMMU) they reach
/// freed memory.
///
/// If the device goes away, the buffer stays, except on Windows: the driver owns it there and
/// removes it on surprise removal. An access is then an access violation, as to a `Mapping`.
class DmaBuffer : public DmaMemory {
public:
    /// The bus address of the first byte. If the buffer is contiguous, the default, the others
    /// follow.
    [[nodiscard]] std::uint64_t iova() const noexcept { return iova_of(0); }

private:
    friend class Device;
    using DmaMemory::DmaMemory;
};

}  // namespace openbar
