/// The device's view of memory: gives pages bus addresses, and takes them back.
///
///     auto space = std::make_shared<AddressSpace>(iommu);
///     auto granted = space->give(pages, {.highest = 0xfffffff}, backend);
///     // granted->segments; once granted->owner is gone, so is the device's access
///
/// Either all of the pages are given or, after an error, none. Thread-safe: the lock covers the
/// addresses only, so that the kernel pins the memory of several threads at once.
#pragma once

#include "openbar/dma.hpp"

#include "base/opening_process.hpp"
#include "dma/iommu.hpp"
#include "dma/iova_allocator.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace openbar::dma {

struct Placement {
    std::uint64_t alignment = 1;
    std::uint64_t highest = UINT64_MAX;
    bool contiguous = true;
    DeviceAccess access = DeviceAccess::read_write;
};

struct Granted {
    std::vector<DmaSegment> segments;
    std::shared_ptr<const void> owner;
};

class AddressSpace {
public:
    explicit AddressSpace(Iommu& iommu)
        : iommu_(iommu), granule_(iommu.granule()), free_(iommu.usable(), granule_) {}

    /// `keeps` lives until the pages have been taken back; it must keep this object and the pages.
    [[nodiscard]] Result<Granted> give(const Pages& pages, const Placement& placement,
                                       std::shared_ptr<const void> keeps);

    [[nodiscard]] std::uint64_t granule() const noexcept { return granule_; }

private:
    class Grant;

    [[nodiscard]] Result<DmaSegment> place(std::uint64_t size, const Placement& placement);
    void release(const DmaSegment& segment);

    Iommu& iommu_;
    std::uint64_t granule_;
    OpeningProcess process_;
    std::mutex mutex_;
    IovaAllocator free_;
};

}  // namespace openbar::dma
