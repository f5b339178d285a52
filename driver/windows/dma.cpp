#include "driver/windows/dma.hpp"

#include "driver/windows/support/mdl.hpp"
#include "driver/windows/support/pool.hpp"

namespace openbar::windows {
namespace {

using driver::Status;

constexpr ULONG tag = 'mDBO';

/// Locked pages and the adapter's list of them; what PinnedPages::handle points to.
struct Pinned {
    DmaAdapter* adapter = nullptr;
    LockedPages pages;
    SCATTER_GATHER_LIST* list = nullptr;
    bool device_writes = false;
    KEVENT listed;
};

// Called once the adapter has its resources together, perhaps before GetScatterGatherList returns.
void NTAPI take_list(DEVICE_OBJECT*, IRP*, SCATTER_GATHER_LIST* list, void* context) {
    auto* pinned = static_cast<Pinned*>(context);
    pinned->list = list;
    KeSetEvent(&pinned->listed, IO_NO_INCREMENT, FALSE);
}

/// Whether the device reaches the very pages that were locked. Where the adapter gave it a copy
/// instead, what the device writes would not be seen before a flush.
bool is_direct(const Pinned& pinned) {
    MDL* mdl = pinned.pages.mdl();
    const PFN_NUMBER* page = MmGetMdlPfnArray(mdl);
    std::uint64_t in_page = MmGetMdlByteOffset(mdl);
    for (ULONG index = 0; index < pinned.list->NumberOfElements; ++index) {
        const SCATTER_GATHER_ELEMENT& element = pinned.list->Elements[index];
        std::uint64_t at = static_cast<std::uint64_t>(element.Address.QuadPart);
        std::uint64_t left = element.Length;
        while (left != 0) {
            if (at != (static_cast<std::uint64_t>(*page) << PAGE_SHIFT) + in_page) return false;
            const std::uint64_t step = left < PAGE_SIZE - in_page ? left : PAGE_SIZE - in_page;
            at += step;
            left -= step;
            in_page += step;
            if (in_page == PAGE_SIZE) {
                in_page = 0;
                ++page;
            }
        }
    }
    return true;
}

}  // namespace

void DmaAdapter::release() {
    if (InterlockedDecrement(&references_) == 0) destroy_in_pool(this);
}

void DmaMemory::acquire(DEVICE_OBJECT* device, DEVICE_OBJECT* physical, bool wide_addresses) {
    release();
    DEVICE_DESCRIPTION description{};
    description.Version = DEVICE_DESCRIPTION_VERSION2;
    description.Master = TRUE;
    description.ScatterGather = TRUE;
    description.Dma32BitAddresses = TRUE;
    description.Dma64BitAddresses = wide_addresses;
    description.InterfaceType = PCIBus;
    description.MaximumLength = OPENBAR_MAX_PIN;
    ULONG map_registers = 0;
    DMA_ADAPTER* adapter = IoGetDmaAdapter(physical, &description, &map_registers);
    if (adapter == nullptr) return;
    auto* kept = create_in_pool<DmaAdapter>(tag, adapter, device);
    if (kept == nullptr) {
        adapter->DmaOperations->PutDmaAdapter(adapter);
        return;
    }
    SpinLock::Guard guard(lock_);
    adapter_ = kept;
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
    void* address = adapter->operations().AllocateCommonBuffer(
        adapter->get(), static_cast<ULONG>(length), &iova, TRUE);
    if (address == nullptr) {
        adapter->release();
        return Status::no_memory;
    }
    RtlZeroMemory(address, static_cast<SIZE_T>(length));
    buffer = {address, static_cast<std::uint64_t>(iova.QuadPart), length, adapter};
    return Status::ok;
}

void DmaMemory::free(const driver::CommonBuffer& buffer) {
    auto* adapter = static_cast<DmaAdapter*>(buffer.adapter);
    PHYSICAL_ADDRESS iova{};
    iova.QuadPart = static_cast<LONGLONG>(buffer.iova);
    adapter->operations().FreeCommonBuffer(adapter->get(), static_cast<ULONG>(buffer.length), iova,
                                           buffer.address, TRUE);
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
    pages = {pinned, 0};
    pinned->adapter = adapter;
    pinned->device_writes = device_writes;
    KeInitializeEvent(&pinned->listed, NotificationEvent, FALSE);

    const auto size = static_cast<ULONG>(length);
    NTSTATUS status = pinned->pages.lock(reinterpret_cast<void*>(static_cast<ULONG_PTR>(address)),
                                         size, device_writes ? IoModifyAccess : IoReadAccess);
    if (!NT_SUCCESS(status)) {
        unpin(pages);
        return status == STATUS_INSUFFICIENT_RESOURCES ? Status::no_memory : Status::fault;
    }
    KIRQL before = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    status = adapter->operations().GetScatterGatherList(
        adapter->get(), adapter->device(), pinned->pages.mdl(),
        MmGetMdlVirtualAddress(pinned->pages.mdl()), size, take_list, pinned,
        device_writes ? FALSE : TRUE);
    KeLowerIrql(before);
    if (!NT_SUCCESS(status)) {
        unpin(pages);
        return Status::no_memory;
    }
    KeWaitForSingleObject(&pinned->listed, Executive, KernelMode, FALSE, nullptr);
    if (!is_direct(*pinned)) {
        unpin(pages);
        return Status::unsupported;
    }
    pages.segments = pinned->list->NumberOfElements;
    return Status::ok;
}

driver::Segment DmaMemory::segment(const driver::PinnedPages& pages, std::uint32_t index) {
    const SCATTER_GATHER_ELEMENT& element =
        static_cast<const Pinned*>(pages.handle)->list->Elements[index];
    return {static_cast<std::uint64_t>(element.Address.QuadPart), element.Length};
}

void DmaMemory::unpin(const driver::PinnedPages& pages) {
    auto* pinned = static_cast<Pinned*>(pages.handle);
    DmaAdapter* adapter = pinned->adapter;
    if (pinned->list != nullptr) {
        KIRQL before = 0;
        KeRaiseIrql(DISPATCH_LEVEL, &before);
        adapter->operations().PutScatterGatherList(adapter->get(), pinned->list,
                                                   pinned->device_writes ? FALSE : TRUE);
        KeLowerIrql(before);
    }
    destroy_in_pool(pinned);
    adapter->release();
}

}  // namespace openbar::windows
