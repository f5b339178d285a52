/// Memory for the device, with the addresses that its DMA adapter gives.
///
/// Never from MmGetPhysicalAddress: only the adapter knows what an IOMMU or a bridge between makes
/// of an address. PASSIVE_LEVEL throughout.
#pragma once

#include "driver/core/kernel.hpp"
#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

class DmaMemory {
public:
    DmaMemory() = default;
    DmaMemory(const DmaMemory&) = delete;
    DmaMemory& operator=(const DmaMemory&) = delete;
    ~DmaMemory() { release(); }

    /// `device` is the function device object, `physical` the one that the bus driver made. A card
    /// that drives 32 address lines must not be given more: it would write somewhere else.
    void acquire(DEVICE_OBJECT* device, DEVICE_OBJECT* physical, bool wide_addresses);
    void release();
    [[nodiscard]] bool available() const { return adapter_ != nullptr; }

    [[nodiscard]] driver::Status allocate(std::uint64_t length, driver::CommonBuffer& buffer);
    void free(const driver::CommonBuffer& buffer);

    [[nodiscard]] driver::Status pin(std::uint64_t address, std::uint64_t length,
                                     bool device_writes, driver::PinnedPages& pages);
    static driver::Segment segment(const driver::PinnedPages& pages, std::uint32_t index);
    void unpin(const driver::PinnedPages& pages);

private:
    DEVICE_OBJECT* device_ = nullptr;
    DMA_ADAPTER* adapter_ = nullptr;
};

}  // namespace openbar::windows
