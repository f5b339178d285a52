/// Pinned memory: memory of the caller's that the device reaches, where it lies, without a copy.
///
///     std::vector<std::byte> frame(1'000'000);
///     auto pinned = device.pin(frame).value();                // any alignment, any length
///     for (const auto& [iova, size] : pinned.segments())      // the device's scatter list
///         std::cout << iova << " " << size << "\n";
///     pinned.sync_for_device();
///
/// Devices address pages, so that the whole pages which hold the memory are given to the device:
/// what else lies on the first and the last of them is within its reach as well. Where that
/// matters, align the memory to pages, or allocate a `DmaBuffer`.
///
/// Pins may overlap. Each has bus addresses of its own and gives back nothing but these, so that
/// unpinning one never takes memory from another. The price is that pages pinned twice count twice
/// against the limit of locked memory. (Sharing the first pin's addresses would be cheaper and
/// wrong: once the memory has been freed and mapped anew in between, they lead to its old pages.)
///
/// Memory freed too early, before it is unpinned:
///   - vfio: the kernel keeps the pages until they are unpinned. The device goes on to reach them,
///     nobody else does, and nothing is corrupted; what it writes is lost.
///   - vfio_user: the memory is reached at its address in this process by the library's thread. A
///     transfer to memory that is gone fails at the card. What has been mapped *there* since is
///     then what the card reaches: free memory after unpinning it.
///   - uio, where there is no IOMMU: nothing keeps the pages, and nothing stops the device. It
///     writes into whatever they are used for next. Only huge pages can be pinned there. Of a
///     private mapping, a `fork` moves them too, at the next write: share them (MAP_SHARED), or
///     keep them from children (MADV_DONTFORK).
///   - windows: the driver keeps the pages until they are unpinned, as vfio does.
///
/// Taken away: when the device goes, the memory stays the caller's, whatever the back end. On
/// Windows the driver unpins by itself on surprise removal, after it has stopped the bus master,
/// and the segments' addresses mean nothing any more; vfio keeps them until the device is closed.
#pragma once

#include "openbar/dma.hpp"

namespace openbar {

struct PinOptions {
    /// What the device may do. A file mapping that cannot be written can be pinned for `read`. The
    /// IOMMU or the server of a simulated card enforces it; without either (uio) nothing does.
    DeviceAccess access = DeviceAccess::read_write;
    /// As in `DmaConstraints`.
    std::uint64_t highest_address = std::numeric_limits<std::uint64_t>::max();
};

/// Its destructor unpins: afterwards the device does not reach the memory any more. Where a
/// transfer is under way, stop the device first. The rest is said at `DmaMemory`.
class PinnedMemory : public DmaMemory {
private:
    friend class Device;
    using DmaMemory::DmaMemory;
};

}  // namespace openbar
