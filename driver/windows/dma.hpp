/// Memory for the device, with the addresses that its DMA adapter gives.
///
/// Never from MmGetPhysicalAddress: only the adapter knows what an IOMMU or a bridge between makes
/// of an address. PASSIVE_LEVEL throughout.
#pragma once

#include "driver/core/kernel.hpp"
#include "driver/windows/support/ntddk.hpp"
#include "driver/windows/support/spin_lock.hpp"

namespace openbar::windows {

/// An adapter of Windows, kept by the device until it is stopped, and by all memory that it gave.
class DmaAdapter {
public:
    DmaAdapter(DMA_ADAPTER* adapter, DEVICE_OBJECT* device) : adapter_(adapter), device_(device) {}
    DmaAdapter(const DmaAdapter&) = delete;
    DmaAdapter& operator=(const DmaAdapter&) = delete;
    ~DmaAdapter() { adapter_->DmaOperations->PutDmaAdapter(adapter_); }

    void reference() { InterlockedIncrement(&references_); }
    /// The last one puts it back.
    void release();

    [[nodiscard]] DMA_ADAPTER* get() const { return adapter_; }
    [[nodiscard]] DMA_OPERATIONS& operations() const { return *adapter_->DmaOperations; }
    [[nodiscard]] DEVICE_OBJECT* device() const { return device_; }

private:
    DMA_ADAPTER* adapter_;
    DEVICE_OBJECT* device_;
    volatile LONG references_ = 1;
};

class DmaMemory {
public:
    DmaMemory() = default;
    DmaMemory(const DmaMemory&) = delete;
    DmaMemory& operator=(const DmaMemory&) = delete;
    ~DmaMemory() { release(); }

    /// `device` is the function device object, `physical` the one that the bus driver made. A card
    /// that drives 32 address lines must not be given more: it would write somewhere else.
    void acquire(DEVICE_OBJECT* device, DEVICE_OBJECT* physical, bool wide_addresses);
    /// What the adapter has given stays valid until it is given back.
    void release();

    [[nodiscard]] driver::Status allocate(std::uint64_t length, driver::CommonBuffer& buffer);
    static void free(const driver::CommonBuffer& buffer);

    [[nodiscard]] driver::Status pin(std::uint64_t address, std::uint64_t length,
                                     bool device_writes, driver::PinnedPages& pages);
    static driver::Segment segment(const driver::PinnedPages& pages, std::uint32_t index);
    static void unpin(const driver::PinnedPages& pages);

    [[nodiscard]] bool available();

private:
    /// Referenced; null: there is none.
    DmaAdapter* current();

    SpinLock lock_;
    DmaAdapter* adapter_ = nullptr;
};

}  // namespace openbar::windows
