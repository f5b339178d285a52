// The DMA adapter of the card.
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

void NTAPI put_adapter(DMA_ADAPTER*) {
    require_at_most(DISPATCH_LEVEL, "PutDmaAdapter");
    dma_adapters.give_back();
}

void* NTAPI allocate_common(DMA_ADAPTER*, ULONG length, PHYSICAL_ADDRESS* iova, BOOLEAN) {
    require_at_most(PASSIVE_LEVEL, "AllocateCommonBuffer");
    uint64_t address = 0;
    void* memory = hardware_allocate_common(length, &address);
    iova->QuadPart = static_cast<LONGLONG>(address);
    return memory;
}

void NTAPI free_common(DMA_ADAPTER*, ULONG, PHYSICAL_ADDRESS, void* memory, BOOLEAN) {
    require_at_most(PASSIVE_LEVEL, "FreeCommonBuffer");
    hardware_free_common(memory);
}

NTSTATUS NTAPI get_list(DMA_ADAPTER*, DEVICE_OBJECT* device, MDL* mdl, void*, ULONG length,
                        DRIVER_LIST_CONTROL* routine, void* context, BOOLEAN) {
    require_at_least(DISPATCH_LEVEL, "GetScatterGatherList");
    require_at_most(DISPATCH_LEVEL, "GetScatterGatherList");
    const ULONG pages = static_cast<ULONG>(
        ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl)));
    auto* list = static_cast<SCATTER_GATHER_LIST*>(ExAllocatePoolWithTag(
        expected_pool(), sizeof(SCATTER_GATHER_LIST) + pages * sizeof(SCATTER_GATHER_ELEMENT),
        'tsiL'));
    if (list == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    list->NumberOfElements = pages;
    SCATTER_GATHER_ELEMENT* element = list->Elements;
    const PFN_NUMBER* frame = MmGetMdlPfnArray(mdl);
    ULONG in_page = MmGetMdlByteOffset(mdl);
    for (ULONG left = length; left != 0; ++element, ++frame, in_page = 0) {
        const ULONG count = left < PAGE_SIZE - in_page ? left : PAGE_SIZE - in_page;
        element->Address.QuadPart = static_cast<LONGLONG>((*frame << PAGE_SHIFT) + in_page);
        element->Length = count;
        left -= count;
    }
    scatter_lists.take();
    routine(device, nullptr, list, context);
    return STATUS_SUCCESS;
}

void NTAPI put_list(DMA_ADAPTER*, SCATTER_GATHER_LIST* list, BOOLEAN) {
    require_at_least(DISPATCH_LEVEL, "PutScatterGatherList");
    require_at_most(DISPATCH_LEVEL, "PutScatterGatherList");
    scatter_lists.give_back();
    ExFreePool(list);
}

DMA_OPERATIONS operations{};
DMA_ADAPTER adapter{};

DMA_ADAPTER* NTAPI get_adapter(DEVICE_OBJECT*, DEVICE_DESCRIPTION* asked, ULONG* map_registers) {
    require_at_most(PASSIVE_LEVEL, "IoGetDmaAdapter");
    dma_address_bits = asked->Dma64BitAddresses != FALSE ? 64 : 32;
    operations.Size = sizeof operations;
    operations.PutDmaAdapter = put_adapter;
    operations.AllocateCommonBuffer = allocate_common;
    operations.FreeCommonBuffer = free_common;
    operations.GetScatterGatherList = get_list;
    operations.PutScatterGatherList = put_list;
    adapter.Version = 1;
    adapter.Size = sizeof adapter;
    adapter.DmaOperations = &operations;
    *map_registers = 65536;
    dma_adapters.take();
    return &adapter;
}

}  // namespace

volatile LONG dma_address_bits = 0;

}  // namespace openbar::stand_in

OPENBAR_STANDS_IN(IoGetDmaAdapter, openbar::stand_in::get_adapter)
