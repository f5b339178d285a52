/// Pinned memory: the caller's own memory, which the device reads and writes in place.
///
///     std::vector<std::byte> frame(1'000'000);
///     auto pinned = device.pin(frame).value();                // any alignment, any length
///     for (const auto& [iova, size] : pinned.segments())      // the device's scatter list
///         std::cout << iova << " " << size << "\n";
///     pinned.sync_for_device();
///
/// A device addresses whole pages. It also reaches the other data on the first and last page of the
/// memory. To prevent that, align the memory to pages, or use a `DmaBuffer`.
///
/// Pins may overlap. Each pin has separate bus addresses, so unpinning one never affects another.
/// Pages that are pinned twice count twice against the limit of locked memory. (Two pins cannot
/// share addresses: after the memory has been freed and mapped again, they would lead to the old
/// pages.)
///
/// Unpin memory before freeing it. Otherwise:
///   - vfio and windows: the kernel keeps the pages until they are unpinned. The device still
///     reaches them; its writes are lost, and nothing is corrupted.
///   - vfio_user: a thread of the library accesses the memory by its address. A transfer to
///     unmapped memory fails at the card; a transfer to memory that has been mapped there since
///     reaches that.
///   - uio: there is no IOMMU, and nothing keeps the pages. The device writes to whatever uses them
///     next. Only huge pages can be pinned. After `fork`, the next write to a private mapping moves
///     its pages: use MAP_SHARED or MADV_DONTFORK.
///
/// If the device goes away, the memory stays the caller's. On surprise removal, the Windows driver
/// stops the bus master and then unpins; the segments' addresses are then invalid. vfio unpins on
/// close.
#pragma once

#include "openbar/dma.hpp"

namespace openbar {

struct PinOptions {
    /// The accesses that the device may make. A read-only file mapping can be pinned for `read`.
    /// The IOMMU or the server of a simulated card enforces this. Without an IOMMU (uio), nothing
    /// does.
    DeviceAccess access = DeviceAccess::read_write;
    /// As in `DmaConstraints`.
    std::uint64_t highest_address = std::numeric_limits<std::uint64_t>::max();
};

/// The destructor unpins: the device no longer reaches the memory. Stop a transfer first. See
/// `DmaMemory` for the members.
class PinnedMemory : public DmaMemory {
private:
    friend class Device;
    using DmaMemory::DmaMemory;
};

}  // namespace openbar
