#include "driver/windows/dma_adapter.hpp"

#include "driver/windows/support/pool.hpp"

namespace openbar::windows {
namespace {

using driver::Status;

constexpr ULONG tag = 'aDBO';

// What the free headers lack of wdm.h: version 3 of the DMA interface (Windows 8).
constexpr ULONG third_version = 3;        // DEVICE_DESCRIPTION_VERSION3
constexpr ULONG synchronous = 1;          // DMA_SYNCHRONOUS_CALLBACK
constexpr SIZE_T transfer_context = 128;  // DMA_TRANSFER_CONTEXT_SIZE_V1, the larger of the two

struct TransferInfo {
    ULONG version;
    ULONG map_registers;
    ULONG elements;
    ULONG list_size;
    ULONG more[4];  ///< of later versions
};

struct ThirdOperations {
    DMA_OPERATIONS second;
    void* get_adapter_info;
    NTSTATUS(NTAPI* get_transfer_info)
    (DMA_ADAPTER*, MDL*, ULONGLONG, ULONG, BOOLEAN, TransferInfo*);
    NTSTATUS(NTAPI* initialize_transfer_context)(DMA_ADAPTER*, void*);
    void* allocate_common_buffer_ex;
    void* allocate_adapter_channel_ex;
    void* configure_adapter_channel;
    void* cancel_adapter_channel;
    void* map_transfer_ex;
    NTSTATUS(NTAPI* get_list_ex)
    (DMA_ADAPTER*, DEVICE_OBJECT*, void*, MDL*, ULONGLONG, ULONG, ULONG, DRIVER_LIST_CONTROL*,
     void*, BOOLEAN, void*, void*, SCATTER_GATHER_LIST**);
};

ThirdOperations& third(DMA_ADAPTER* adapter) {
    return *reinterpret_cast<ThirdOperations*>(adapter->DmaOperations);
}

ULONG pages_of(MDL* mdl) {
    return static_cast<ULONG>(
        ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl)));
}

/// DISPATCH_LEVEL for a scope: the DMA routines want it.
class AtDispatchLevel {
public:
    AtDispatchLevel() { KeRaiseIrql(DISPATCH_LEVEL, &before_); }
    ~AtDispatchLevel() { KeLowerIrql(before_); }
    AtDispatchLevel(const AtDispatchLevel&) = delete;
    AtDispatchLevel& operator=(const AtDispatchLevel&) = delete;

private:
    KIRQL before_ = 0;
};

/// Whether the device reaches the very pages that were locked. Asked only where map registers are
/// used: an address may differ from the physical one because an IOMMU translates it.
class SamePages {
public:
    explicit SamePages(MDL* mdl)
        : page_(MmGetMdlPfnArray(mdl)), in_page_(MmGetMdlByteOffset(mdl)) {}

    bool follows(std::uint64_t address, std::uint64_t length) {
        while (length != 0) {
            if (address != (static_cast<std::uint64_t>(*page_) << PAGE_SHIFT) + in_page_)
                return false;
            const std::uint64_t step =
                length < PAGE_SIZE - in_page_ ? length : PAGE_SIZE - in_page_;
            address += step;
            length -= step;
            in_page_ += step;
            if (in_page_ == PAGE_SIZE) {
                in_page_ = 0;
                ++page_;
            }
        }
        return true;
    }

private:
    const PFN_NUMBER* page_;
    std::uint64_t in_page_;
};

void NTAPI take_list(DEVICE_OBJECT*, IRP*, SCATTER_GATHER_LIST* list, void* context) {
    *static_cast<SCATTER_GATHER_LIST**>(context) = list;
}

}  // namespace

DmaAdapter* DmaAdapter::create(DEVICE_OBJECT* device, DEVICE_OBJECT* physical,
                               bool wide_addresses) {
    DEVICE_DESCRIPTION description{};
    description.Master = TRUE;
    description.ScatterGather = TRUE;
    description.Dma32BitAddresses = TRUE;
    description.Dma64BitAddresses = wide_addresses;
    description.InterfaceType = PCIBus;
    description.MaximumLength = OPENBAR_MAX_PIN;
    for (const ULONG version : {third_version, ULONG{DEVICE_DESCRIPTION_VERSION2}}) {
        description.Version = version;
        ULONG registers = 0;
        DMA_ADAPTER* adapter = IoGetDmaAdapter(physical, &description, &registers);
        if (adapter == nullptr) continue;
        auto* made =
            create_in_pool<DmaAdapter>(tag, adapter, device, registers, version == third_version);
        if (made == nullptr) adapter->DmaOperations->PutDmaAdapter(adapter);
        return made;
    }
    return nullptr;
}

void DmaAdapter::release() {
    if (InterlockedDecrement(&references_) != 0) return;
    adapter_->DmaOperations->PutDmaAdapter(adapter_);
    destroy_in_pool(this);
}

void* DmaAdapter::allocate(ULONG length, PHYSICAL_ADDRESS& iova) {
    return adapter_->DmaOperations->AllocateCommonBuffer(adapter_, length, &iova, TRUE);
}

void DmaAdapter::free(void* address, ULONG length, PHYSICAL_ADDRESS iova) {
    adapter_->DmaOperations->FreeCommonBuffer(adapter_, length, iova, address, TRUE);
}

// A request for map registers that Windows may answer late. Whoever made it does not wait; it is kept
// until the answer comes, and with it the adapter and the device object, which holds its place in the
// queue.
struct DmaAdapter::Channel {
    enum Answer : LONG { awaited, granted, unwanted };

    DmaAdapter* adapter;
    PIO_WORKITEM item;
    volatile LONG users = 2;  ///< whoever asked, and the answer
    volatile LONG answer = awaited;
    void* registers = nullptr;

    void release() {
        if (InterlockedDecrement(&users) != 0) return;
        IoFreeWorkItem(item);
        destroy_in_pool(this);
    }
};

// At DISPATCH_LEVEL: within the call that asks, or whenever registers have become free.
IO_ALLOCATION_ACTION NTAPI DmaAdapter::on_channel(DEVICE_OBJECT*, IRP*, void* registers,
                                                  void* context) {
    auto* channel = static_cast<Channel*>(context);
    channel->registers = registers;
    if (InterlockedCompareExchange(&channel->answer, Channel::granted, Channel::awaited) ==
        Channel::awaited)
        return DeallocateObjectKeepRegisters;
    // Too late. The adapter may not be put back from within its own call.
    IoQueueWorkItem(channel->item, on_late_channel, DelayedWorkQueue, channel);
    return DeallocateObject;
}

void NTAPI DmaAdapter::on_late_channel(DEVICE_OBJECT*, void* context) {
    forget(static_cast<Channel*>(context));
}

// Once it has been answered.
void DmaAdapter::forget(Channel* channel) {
    DmaAdapter* adapter = channel->adapter;
    DEVICE_OBJECT* device = adapter->device_;
    channel->release();
    InterlockedExchange(&adapter->channel_busy_, 0);
    adapter->release();
    ObDereferenceObject(device);
}

Status DmaAdapter::take_registers(ULONG count, void*& registers) {
    if (count > registers_) return Status::limit;
    if (InterlockedExchange(&channel_busy_, 1) != 0) return Status::no_memory;
    auto* channel = create_in_pool<Channel>(tag);
    if (channel != nullptr) channel->item = IoAllocateWorkItem(device_);
    if (channel == nullptr || channel->item == nullptr) {
        destroy_in_pool(channel);
        InterlockedExchange(&channel_busy_, 0);
        return Status::no_memory;
    }
    channel->adapter = this;
    reference();
    ObReferenceObject(device_);
    NTSTATUS status = STATUS_SUCCESS;
    {
        const AtDispatchLevel level;
        status = adapter_->DmaOperations->AllocateAdapterChannel(adapter_, device_, count,
                                                                 on_channel, channel);
    }
    const bool granted =
        NT_SUCCESS(status) && InterlockedCompareExchange(&channel->answer, Channel::unwanted,
                                                         Channel::awaited) == Channel::granted;
    if (granted) registers = channel->registers;
    if (granted || !NT_SUCCESS(status)) forget(channel);
    channel->release();
    if (!NT_SUCCESS(status)) return Status::limit;
    return granted ? Status::ok : Status::no_memory;
}

Status DmaAdapter::map_packets(MDL* mdl, ULONG length, bool to_device, DmaMapping& mapping) {
    const ULONG pages = pages_of(mdl);
    mapping.runs = static_cast<Run*>(allocate_pool(pages * sizeof(Run), tag));
    if (mapping.runs == nullptr) return Status::no_memory;
    if (Status status = take_registers(pages, mapping.registers); status != Status::ok) {
        ExFreePool(mapping.runs);
        mapping.runs = nullptr;
        return status;
    }
    mapping.register_count = pages;
    mapping.is_mapped = true;
    SamePages same(mdl);
    auto* at = static_cast<char*>(MmGetMdlVirtualAddress(mdl));
    for (ULONG done = 0; done < length;) {
        ULONG part = length - done;
        const auto address = static_cast<std::uint64_t>(
            adapter_->DmaOperations
                ->MapTransfer(adapter_, mdl, mapping.registers, at + done, &part, to_device)
                .QuadPart);
        if (part == 0 || part > length - done) return Status::device;
        if (mapping.registers != nullptr && !same.follows(address, part)) mapping.is_copied = true;
        done += part;
        Run* last = mapping.count == 0 ? nullptr : &mapping.runs[mapping.count - 1];
        if (last != nullptr && last->address + last->length == address)
            last->length += part;
        else if (mapping.count < pages)
            mapping.runs[mapping.count++] = {address, part};
        else
            return Status::device;
    }
    return Status::ok;
}

Status DmaAdapter::map_at_once(MDL* mdl, ULONG length, bool to_device, DmaMapping& mapping) {
    ThirdOperations& operations = third(adapter_);
    TransferInfo info{};
    info.version = 1;
    if (!NT_SUCCESS(operations.get_transfer_info(adapter_, mdl, 0, length, to_device, &info)))
        return Status::no_memory;
    if (info.map_registers > registers_) return Status::limit;
    alignas(16) std::uint8_t context[transfer_context];
    NTSTATUS status = operations.initialize_transfer_context(adapter_, context);
    if (NT_SUCCESS(status)) {
        const AtDispatchLevel level;
        status =
            operations.get_list_ex(adapter_, device_, context, mdl, 0, length, synchronous,
                                   take_list, &mapping.list, to_device, nullptr, nullptr, nullptr);
    }
    if (!NT_SUCCESS(status) || mapping.list == nullptr) return Status::no_memory;
    mapping.is_mapped = true;
    mapping.count = mapping.list->NumberOfElements;
    SamePages same(mdl);
    for (ULONG index = 0; info.map_registers != 0 && index < mapping.count; ++index) {
        const SCATTER_GATHER_ELEMENT& element = mapping.list->Elements[index];
        if (!same.follows(static_cast<std::uint64_t>(element.Address.QuadPart), element.Length))
            mapping.is_copied = true;
    }
    return Status::ok;
}

Status DmaAdapter::map(MDL* mdl, ULONG length, bool to_device, DmaMapping& mapping) {
    const Status status = is_third_ ? map_at_once(mdl, length, to_device, mapping)
                                    : map_packets(mdl, length, to_device, mapping);
    if (status != Status::ok) unmap(mdl, length, to_device, mapping);
    return status;
}

void DmaAdapter::unmap(MDL* mdl, ULONG length, bool to_device, DmaMapping& mapping) {
    if (mapping.is_mapped) {
        const AtDispatchLevel level;
        DMA_OPERATIONS& operations = *adapter_->DmaOperations;
        if (mapping.list != nullptr) {
            operations.PutScatterGatherList(adapter_, mapping.list, to_device);
        } else {
            operations.FlushAdapterBuffers(adapter_, mdl, mapping.registers,
                                           MmGetMdlVirtualAddress(mdl), length, to_device);
            operations.FreeMapRegisters(adapter_, mapping.registers, mapping.register_count);
        }
    }
    if (mapping.runs != nullptr) ExFreePool(mapping.runs);
    mapping = {};
}

}  // namespace openbar::windows
