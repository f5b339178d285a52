/// Memory for the device, with the addresses that its DMA adapter gives.
///
/// Never from MmGetPhysicalAddress: only the adapter knows what an IOMMU or a bridge between makes
/// of an address. PASSIVE_LEVEL throughout.
#pragma once

#include "driver/core/kernel.hpp"
#include "driver/windows/dma_adapter.hpp"
#include "driver/windows/support/ntddk.hpp"
#include "driver/windows/support/spin_lock.hpp"

namespace openbar::windows {

class DmaMemory {
public:
    DmaMemory() = default;
    DmaMemory(const DmaMemory&) = delete;
    DmaMemory& operator=(const DmaMemory&) = delete;
    ~DmaMemory() { release(); }

    void acquire(DEVICE_OBJECT* device, DEVICE_OBJECT* physical, bool wide_addresses);
    /// What was given stays valid until it is given back.
    void release();
    [[nodiscard]] bool available();

    [[nodiscard]] driver::Status allocate(std::uint64_t length, driver::CommonBuffer& buffer);
    static void free(const driver::CommonBuffer& buffer);

    [[nodiscard]] driver::Status pin(std::uint64_t address, std::uint64_t length,
                                     bool device_writes, driver::PinnedPages& pages);
    static driver::Segment segment(const driver::PinnedPages& pages, std::uint32_t index);
    static void unpin(const driver::PinnedPages& pages);

private:
    /// Referenced; null: there is none.
    DmaAdapter* current();

    SpinLock lock_;
    DmaAdapter* adapter_ = nullptr;
};

}  // namespace openbar::windows
