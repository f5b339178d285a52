#include "driver/windows/dma_memory.hpp"

#include "driver/windows/support/mdl.hpp"
#include "driver/windows/support/pool.hpp"

namespace openbar::windows {
namespace {

using driver::Status;

constexpr ULONG tag = 'mDBO';

/// Locked pages and what the device knows them by; what PinnedPages::handle points to.
struct Pinned {
    DmaAdapter* adapter = nullptr;
    LockedPages pages;
    ULONG length = 0;
    bool to_device = false;
    DmaMapping mapping;
};

}  // namespace

void DmaMemory::acquire(DEVICE_OBJECT* device, DEVICE_OBJECT* physical, bool wide_addresses) {
    release();
    DmaAdapter* adapter = DmaAdapter::create(device, physical, wide_addresses);
    SpinLock::Guard guard(lock_);
    adapter_ = adapter;
}

void DmaMemory::release() {
    DmaAdapter* adapter = nullptr;
    {
        SpinLock::Guard guard(lock_);
        adapter = std::exchange(adapter_, nullptr);
    }
    if (adapter != nullptr) adapter->release();
}

DmaAdapter* DmaMemory::current() {
    SpinLock::Guard guard(lock_);
    if (adapter_ != nullptr) adapter_->reference();
    return adapter_;
}

bool DmaMemory::available() {
    SpinLock::Guard guard(lock_);
    return adapter_ != nullptr;
}

Status DmaMemory::allocate(std::uint64_t length, driver::CommonBuffer& buffer) {
    DmaAdapter* adapter = current();
    if (adapter == nullptr) return Status::unsupported;
    PHYSICAL_ADDRESS iova{};
    void* address = adapter->allocate(static_cast<ULONG>(length), iova);
    if (address == nullptr) {
        adapter->release();
        return Status::no_memory;
    }
    buffer = {address, static_cast<std::uint64_t>(iova.QuadPart), length, adapter};
    return Status::ok;
}

void DmaMemory::free(const driver::CommonBuffer& buffer) {
    auto* adapter = static_cast<DmaAdapter*>(buffer.adapter);
    PHYSICAL_ADDRESS iova{};
    iova.QuadPart = static_cast<LONGLONG>(buffer.iova);
    adapter->free(buffer.address, static_cast<ULONG>(buffer.length), iova);
    adapter->release();
}

Status DmaMemory::pin(std::uint64_t address, std::uint64_t length, bool device_writes,
                      driver::PinnedPages& pages) {
    DmaAdapter* adapter = current();
    if (adapter == nullptr) return Status::unsupported;
    auto* pinned = create_in_pool<Pinned>(tag);
    if (pinned == nullptr) {
        adapter->release();
        return Status::no_memory;
    }
    pinned->adapter = adapter;
    pinned->length = static_cast<ULONG>(length);
    pinned->to_device = !device_writes;
    pages = {pinned, 0, false};
    const NTSTATUS locked =
        pinned->pages.lock(reinterpret_cast<void*>(static_cast<ULONG_PTR>(address)), pinned->length,
                           device_writes ? IoModifyAccess : IoReadAccess);
    Status status = Status::ok;
    if (!NT_SUCCESS(locked))
        status = locked == STATUS_INSUFFICIENT_RESOURCES ? Status::no_memory : Status::fault;
    else if ((pinned->pages.mdl()->MdlFlags & MDL_IO_SPACE) != 0)
        status = Status::fault;  // another driver's device, mapped into this program
    else
        status =
            adapter->map(pinned->pages.mdl(), pinned->length, pinned->to_device, pinned->mapping);
    if (status != Status::ok) {
        unpin(pages);
        return status;
    }
    pages.segments = pinned->mapping.count;
    pages.copied = pinned->mapping.is_copied;
    return Status::ok;
}

driver::Segment DmaMemory::segment(const driver::PinnedPages& pages, std::uint32_t index) {
    const DmaMapping& mapping = static_cast<const Pinned*>(pages.handle)->mapping;
    if (mapping.list == nullptr) return {mapping.runs[index].address, mapping.runs[index].length};
    const SCATTER_GATHER_ELEMENT& element = mapping.list->Elements[index];
    return {static_cast<std::uint64_t>(element.Address.QuadPart), element.Length};
}

void DmaMemory::unpin(const driver::PinnedPages& pages) {
    auto* pinned = static_cast<Pinned*>(pages.handle);
    DmaAdapter* adapter = pinned->adapter;
    adapter->unmap(pinned->pages.mdl(), pinned->length, pinned->to_device, pinned->mapping);
    destroy_in_pool(pinned);  // unlocks the pages
    adapter->release();
}

}  // namespace openbar::windows
