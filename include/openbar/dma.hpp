/// Memory that the device reaches by itself: DMA buffers, and what they share with pinned memory.
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
/// The address that the device puts on the bus is the IOVA: translated by an IOMMU (vfio), found
/// by the simulator (vfio_user), or physical where there is nothing between (uio). The device
/// reaches this memory, and where there is an IOMMU, nothing else of the machine but what this
/// program has given to other functions of the same IOMMU group.
///
/// Coherence: the processor's caches are kept coherent with the device by the hardware. That is
/// so on every x86 machine; elsewhere the kernel refuses VFIO to a device for which it is not
/// (drivers/vfio/vfio_main.c, IOMMU_CAP_CACHE_COHERENCY), so that openbar never has to write
/// caches back. What is left is the *order* of accesses: that is what `sync_...` is for. See
/// docs/memory-order.md.
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

/// What DMA memory can hold for `DmaMemory::as`: integers, and structures and arrays of them.
template <typename T>
concept DmaValue = std::is_object_v<T> && std::is_trivially_copyable_v<T>;

namespace detail {

/// A view of DMA memory that was asked for.
struct ValuesAt {
    std::size_t offset;
    std::size_t count;
    std::size_t size;       ///< of one value, bytes
    std::size_t alignment;  ///< of one value, bytes
};
/// Why the memory does not hold them.
[[nodiscard]] Error wrong_view(const ValuesAt& values, std::span<const std::byte> memory);

}  // namespace detail

/// What the device may do with memory.
enum class DeviceAccess : std::uint8_t { read = 1, write = 2, read_write = 3 };

/// What the device's DMA engine asks of the memory that it is given.
struct DmaConstraints {
    /// Of the IOVA of the first byte, in bytes: a power of two. Never less than a page is given.
    std::uint64_t alignment = 1;
    /// The last address that the device can put on the bus: 0xffff'ffff for one with 32 address
    /// bits. Every byte lies at or below it.
    std::uint64_t highest_address = std::numeric_limits<std::uint64_t>::max();
    /// Whether the device wants it in one piece. Otherwise it may come in several `segments()`.
    bool contiguous = true;
};

/// A run of bus addresses.
struct DmaSegment {
    std::uint64_t iova = 0;
    std::uint64_t size = 0;  ///< bytes
    friend bool operator==(const DmaSegment&, const DmaSegment&) = default;
};

/// What DMA buffers and pinned memory have in common. Move-only; it keeps its device open, so that
/// it may outlive the Device object that it came from.
///
/// Thread-safety: const members may be called from several threads. The bytes are as safe as any
/// memory that somebody else (the device) may write at any time.
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
    ///     auto head = ring.as<volatile std::uint32_t>(4096, 1);    // the device writes it: poll it
    ///
    /// The values are what the bytes say; nothing is constructed or changed. Byte order is the
    /// processor's. Throws `Exception`, in every build type: out_of_range (they do not fit into the
    /// memory); misaligned (the place is not one for a T: also of pinned memory, which starts where
    /// the caller's does). With -fno-exceptions the program prints the error and aborts.
    template <DmaValue T>
    [[nodiscard]] std::span<T> as(std::size_t offset, std::size_t count) const {
        if (offset > memory_.size() || count > (memory_.size() - offset) / sizeof(T) ||
            (address() + offset) % alignof(T) != 0) [[unlikely]]
            detail::fail(detail::wrong_view({offset, count, sizeof(T), alignof(T)}, memory_));
        return {reinterpret_cast<T*>(memory_.data() + offset), count};
    }

    /// Where the device finds it: the segments in the order of the bytes, which together are as
    /// long as `span()`. Neighbouring runs are one segment.
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

    /// To be called after the processor's writes to the memory and before the access that makes
    /// the device read it. Afterwards all those writes are visible to the device before any later
    /// store of this thread to a register is.
    /// Cost: none on x86 beyond what the compiler may not reorder; one `dmb oshst` on ARM. It is
    /// the same for a byte and for a gigabyte, which is why it takes no range.
    void sync_for_device() const noexcept { order_writes_before_device(); }

    /// To be called after the access (a register read, an interrupt) that told that the device has
    /// written, and before the processor reads the memory. No later read of this thread can then
    /// return what was there before. Cost: as above, with `dmb oshld` on ARM.
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
    std::shared_ptr<const void> owner_;  // takes it back from the device, then lets that go
};

/// Memory that the library allocated for the device: `Device::allocate_dma`. Zeroed, page-aligned
/// and locked; a child process of `fork` does not have it. Its destructor takes it back from the
/// device and frees it: a device that still writes then is stopped by the IOMMU, but not where
/// there is none (uio, Windows without one), so stop the device first.
///
/// When the device goes the buffer stays, except on Windows: there it is the driver's, which takes
/// it away on surprise removal. Touching it is then an access violation, as for a `Mapping`.
class DmaBuffer : public DmaMemory {
public:
    /// The bus address of the first byte, and of all that follow where it was asked for in one
    /// piece, which is the default.
    [[nodiscard]] std::uint64_t iova() const noexcept { return iova_of(0); }

private:
    friend class Device;
    using DmaMemory::DmaMemory;
};

}  // namespace openbar
