// The DMA adapter of the card, and how the system comes by what it needs for a transfer: at once, late,
// only when others have given it back, never; in place, remapped, or by copies.
#include "tests/wine/stand_ins/dma_operations.hpp"
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

using worst_case::Switch;

constexpr ULONG many_registers = 65536;
constexpr ULONG few_registers = 8;
volatile LONG registers_held = 0;
volatile LONG channel_busy = 0;

ULONG registers_there() {
    return worst.is(Switch::registers_few) ? few_registers : many_registers;
}

bool needs_registers() {
    return worst.is(Switch::pages_bounced) || worst.is(Switch::registers_few) ||
           worst.is(Switch::registers_late) || worst.is(Switch::registers_after_others);
}

ULONG pages_of(MDL* mdl) {
    return static_cast<ULONG>(
        ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl)));
}

bool take_registers(ULONG count) {
    for (;;) {
        const LONG held = registers_held;
        if (static_cast<ULONG>(held) + count > registers_there()) return false;
        if (InterlockedCompareExchange(&registers_held, held + static_cast<LONG>(count), held) ==
            held)
            return true;
    }
}

void give_registers_back(ULONG count) {
    InterlockedExchangeAdd(&registers_held, -static_cast<LONG>(count));
}

void NTAPI put_adapter(DMA_ADAPTER*) {
    require_at_most(DISPATCH_LEVEL, "PutDmaAdapter");
    if (scatter_lists.count != 0)
        hardware_complain("PutDmaAdapter", "while lists are held:", scatter_lists.count);
    dma_adapters.give_back();
}

void* NTAPI allocate_common(DMA_ADAPTER*, ULONG length, PHYSICAL_ADDRESS* iova, BOOLEAN) {
    require_at_most(PASSIVE_LEVEL, "AllocateCommonBuffer");
    if (worst.happens(Switch::common_buffers_refused, 2)) return nullptr;
    uint64_t address = 0;
    void* memory = hardware_allocate_common(length, &address);
    iova->QuadPart = static_cast<LONGLONG>(address);
    return memory;
}

void NTAPI free_common(DMA_ADAPTER*, ULONG, PHYSICAL_ADDRESS, void* memory, BOOLEAN) {
    require_at_most(PASSIVE_LEVEL, "FreeCommonBuffer");
    hardware_free_common(memory);
}

/// The address that the device is given for a part of a page. A copy's is one that no memory has; this
/// stand-in makes no copies, since whoever accepts one unasked is caught by its address.
uint64_t device_address(PFN_NUMBER frame, ULONG in_page) {
    if (worst.is(Switch::pages_bounced)) return 0x0f000000 + in_page;
    const uint64_t page =
        worst.is(Switch::addresses_remapped) ? hardware_remap(frame) : static_cast<uint64_t>(frame);
    return (page << PAGE_SHIFT) + in_page;
}

// --- Packets, as all kernels since NT 4 have them.

struct Channel {
    DEVICE_OBJECT* device;
    ULONG count;
    DRIVER_CONTROL* routine;
    void* context;
};

void run_channel(const Channel& channel, bool has_registers) {
    void* base = has_registers ? reinterpret_cast<void*>(ULONG_PTR{0x1000}) : nullptr;
    InterlockedExchange(&channel_busy, 0);
    const IO_ALLOCATION_ACTION action =
        channel.routine(channel.device, nullptr, base, channel.context);
    if (action == DeallocateObject) {
        if (has_registers) give_registers_back(channel.count);
    } else if (action == DeallocateObjectKeepRegisters) {
        scatter_lists.take();
    } else {
        hardware_complain("AdapterControl", "a bus master keeps the adapter, action", action);
    }
}

void run_late(void* context) {
    auto* channel = static_cast<Channel*>(context);
    hardware_sleep(worst.is(Switch::registers_after_others) ? 1 : 30);
    while (!take_registers(channel->count) ||
           (worst.is(Switch::registers_after_others) && registers_held > (LONG)channel->count)) {
        if (registers_held > static_cast<LONG>(channel->count)) give_registers_back(channel->count);
        hardware_sleep(5);
    }
    hardware_set_irql(DISPATCH_LEVEL);
    run_channel(*channel, true);
    hardware_set_irql(PASSIVE_LEVEL);
    kernels<void(NTAPI*)(void*)>("ExFreePool")(channel);
}

NTSTATUS NTAPI allocate_channel(DMA_ADAPTER*, DEVICE_OBJECT* device, ULONG count,
                                DRIVER_CONTROL* routine, void* context) {
    require_at_least(DISPATCH_LEVEL, "AllocateAdapterChannel");
    require_at_most(DISPATCH_LEVEL, "AllocateAdapterChannel");
    if (count > registers_there()) return STATUS_INSUFFICIENT_RESOURCES;
    if (InterlockedExchange(&channel_busy, 1) != 0)
        hardware_complain("AllocateAdapterChannel", "while another waits for this device, pages",
                          count);
    const Channel channel = {device, count, routine, context};
    if (!needs_registers()) {
        run_channel(channel, false);
        return STATUS_SUCCESS;
    }
    const bool late = worst.is(Switch::registers_late) || worst.is(Switch::registers_after_others);
    if (!late && take_registers(count)) {
        run_channel(channel, true);
        return STATUS_SUCCESS;
    }
    using Allocate = PVOID(NTAPI*)(POOL_TYPE, SIZE_T, ULONG);
    auto* waiting = static_cast<Channel*>(
        kernels<Allocate>("ExAllocatePoolWithTag")(NonPagedPool, sizeof(Channel), 'nahC'));
    if (waiting == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    *waiting = channel;
    hardware_start_system_thread(run_late, waiting);
    return STATUS_SUCCESS;
}

PHYSICAL_ADDRESS NTAPI map_transfer(DMA_ADAPTER*, MDL* mdl, void*, void* current, ULONG* length,
                                    BOOLEAN) {
    require_at_most(DISPATCH_LEVEL, "MapTransfer");
    if ((mdl->MdlFlags & MDL_PAGES_LOCKED) == 0)
        hardware_complain("MapTransfer", "of pages that are not locked, bytes", mdl->ByteCount);
    const auto from = static_cast<ULONG>(static_cast<UCHAR*>(current) -
                                         static_cast<UCHAR*>(MmGetMdlVirtualAddress(mdl)));
    const ULONG offset = MmGetMdlByteOffset(mdl) + from;
    const ULONG in_page = offset % PAGE_SIZE;
    PHYSICAL_ADDRESS address{};
    address.QuadPart =
        static_cast<LONGLONG>(device_address(MmGetMdlPfnArray(mdl)[offset / PAGE_SIZE], in_page));
    if (*length > PAGE_SIZE - in_page) *length = PAGE_SIZE - in_page;
    return address;
}

BOOLEAN NTAPI flush_buffers(DMA_ADAPTER*, MDL* mdl, void*, void*, ULONG, BOOLEAN) {
    require_at_most(DISPATCH_LEVEL, "FlushAdapterBuffers");
    if ((mdl->MdlFlags & MDL_PAGES_LOCKED) == 0)
        hardware_complain("FlushAdapterBuffers", "of pages that are not locked, bytes",
                          mdl->ByteCount);
    return TRUE;
}

void NTAPI free_registers(DMA_ADAPTER*, void* base, ULONG count) {
    require_at_least(DISPATCH_LEVEL, "FreeMapRegisters");
    require_at_most(DISPATCH_LEVEL, "FreeMapRegisters");
    scatter_lists.give_back();
    if (base != nullptr) give_registers_back(count);
}

// --- Lists.

struct List {
    ULONG registers;
    SCATTER_GATHER_LIST list;
};

SCATTER_GATHER_LIST* make_list(MDL* mdl, ULONG length, ULONG registers) {
    const ULONG pages = pages_of(mdl);
    auto* made = static_cast<List*>(ExAllocatePoolWithTag(
        expected_pool(), sizeof(List) + pages * sizeof(SCATTER_GATHER_ELEMENT), 'tsiL'));
    if (made == nullptr) return nullptr;
    made->registers = registers;
    SCATTER_GATHER_LIST* list = &made->list;
    list->NumberOfElements = pages;
    SCATTER_GATHER_ELEMENT* element = list->Elements;
    const PFN_NUMBER* frame = MmGetMdlPfnArray(mdl);
    ULONG in_page = MmGetMdlByteOffset(mdl);
    for (ULONG left = length; left != 0; ++element, ++frame, in_page = 0) {
        const ULONG count = left < PAGE_SIZE - in_page ? left : PAGE_SIZE - in_page;
        element->Address.QuadPart = static_cast<LONGLONG>(device_address(*frame, in_page));
        element->Length = count;
        left -= count;
    }
    scatter_lists.take();
    return list;
}

struct ListRequest {
    DEVICE_OBJECT* device;
    MDL* mdl;
    ULONG length;
    DRIVER_LIST_CONTROL* routine;
    void* context;
};

// It never comes on some kernels, and late on others.
void list_late(void* context) {
    auto* request = static_cast<ListRequest*>(context);
    while (worst.is(Switch::registers_after_others) && registers_held != 0) hardware_sleep(5);
    hardware_sleep(30);
    hardware_set_irql(DISPATCH_LEVEL);
    if (SCATTER_GATHER_LIST* list = make_list(request->mdl, request->length, 0))
        request->routine(request->device, nullptr, list, request->context);
    hardware_set_irql(PASSIVE_LEVEL);
    kernels<void(NTAPI*)(void*)>("ExFreePool")(request);
}

NTSTATUS NTAPI get_list(DMA_ADAPTER*, DEVICE_OBJECT* device, MDL* mdl, void*, ULONG length,
                        DRIVER_LIST_CONTROL* routine, void* context, BOOLEAN) {
    require_at_least(DISPATCH_LEVEL, "GetScatterGatherList");
    require_at_most(DISPATCH_LEVEL, "GetScatterGatherList");
    if (worst.is(Switch::registers_few)) return STATUS_SUCCESS;  // and the routine is never called
    if (needs_registers()) {
        using Allocate = PVOID(NTAPI*)(POOL_TYPE, SIZE_T, ULONG);
        auto* late = static_cast<ListRequest*>(
            kernels<Allocate>("ExAllocatePoolWithTag")(NonPagedPool, sizeof(ListRequest), 'tsiL'));
        if (late == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
        *late = {device, mdl, length, routine, context};
        hardware_start_system_thread(list_late, late);
        return STATUS_SUCCESS;
    }
    SCATTER_GATHER_LIST* list = make_list(mdl, length, 0);
    if (list == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    routine(device, nullptr, list, context);
    return STATUS_SUCCESS;
}

void NTAPI put_list(DMA_ADAPTER*, SCATTER_GATHER_LIST* list, BOOLEAN) {
    require_at_least(DISPATCH_LEVEL, "PutScatterGatherList");
    require_at_most(DISPATCH_LEVEL, "PutScatterGatherList");
    scatter_lists.give_back();
    List* made = CONTAINING_RECORD(list, List, list);
    give_registers_back(made->registers);
    ExFreePool(made);
}

// --- Version 3, of Windows 8 and later.

ULONG registers_for(MDL* mdl) {
    return needs_registers() ? pages_of(mdl) : 0;
}

NTSTATUS NTAPI get_transfer_info(DMA_ADAPTER*, MDL* mdl, ULONGLONG, ULONG, BOOLEAN, void* info) {
    require_at_most(DISPATCH_LEVEL, "GetDmaTransferInfo");
    struct {
        ULONG version, registers, elements, list_size;
    } answer = {1, registers_for(mdl), pages_of(mdl), 0};
    if (*static_cast<ULONG*>(info) != 1) return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(info, &answer, sizeof answer);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI initialize_context(DMA_ADAPTER*, void* context) {
    require_at_most(DISPATCH_LEVEL, "InitializeDmaTransferContext");
    constexpr SIZE_T size = sizeof(void*) == 8 ? 128 : 64;
    RtlFillMemory(context, size, 0x5a);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI get_list_ex(DMA_ADAPTER*, DEVICE_OBJECT* device, void* context, MDL* mdl, ULONGLONG,
                           ULONG length, ULONG flags, DRIVER_LIST_CONTROL* routine, void* own,
                           BOOLEAN, void*, void*, SCATTER_GATHER_LIST**) {
    require_at_most(DISPATCH_LEVEL, "GetScatterGatherListEx");
    constexpr ULONG synchronous = 1;
    if ((flags & synchronous) == 0)
        hardware_complain("GetScatterGatherListEx", "may wait for ever, flags", flags);
    if (*static_cast<UCHAR*>(context) != 0x5a)
        hardware_complain("GetScatterGatherListEx", "of a context not initialized, byte",
                          *static_cast<UCHAR*>(context));
    const ULONG registers = registers_for(mdl);
    if (worst.is(Switch::registers_late) || worst.is(Switch::registers_after_others)) {
        if (registers_held != 0 || worst.dice().one_in(2)) return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!take_registers(registers)) return STATUS_INSUFFICIENT_RESOURCES;
    SCATTER_GATHER_LIST* list = make_list(mdl, length, registers);
    if (list == nullptr) {
        give_registers_back(registers);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    routine(device, nullptr, list, own);
    return STATUS_SUCCESS;
}

DmaOperations operations{};
DMA_ADAPTER adapter{};

DMA_ADAPTER* NTAPI get_adapter(DEVICE_OBJECT*, DEVICE_DESCRIPTION* asked, ULONG* map_registers) {
    require_at_most(PASSIVE_LEVEL, "IoGetDmaAdapter");
    constexpr ULONG third = 3;
    if (asked->Version > third || (asked->Version == third && is_old_kernel())) return nullptr;
    dma_address_bits = asked->Dma64BitAddresses != FALSE ? 64 : 32;
    operations = {};
    operations.second.Size = sizeof operations.second;
    operations.second.PutDmaAdapter = put_adapter;
    operations.second.AllocateCommonBuffer = allocate_common;
    operations.second.FreeCommonBuffer = free_common;
    operations.second.AllocateAdapterChannel = allocate_channel;
    operations.second.MapTransfer = map_transfer;
    operations.second.FlushAdapterBuffers = flush_buffers;
    operations.second.FreeMapRegisters = free_registers;
    operations.second.GetScatterGatherList = get_list;
    operations.second.PutScatterGatherList = put_list;
    if (asked->Version == third) {
        operations.second.Size = sizeof operations;
        operations.get_transfer_info = get_transfer_info;
        operations.initialize_transfer_context = initialize_context;
        operations.get_list_ex = get_list_ex;
    }
    adapter.Version = 1;
    adapter.Size = sizeof adapter;
    adapter.DmaOperations = &operations.second;
    *map_registers = registers_there();
    dma_adapters.take();
    return &adapter;
}

}  // namespace

volatile LONG dma_address_bits = 0;

}  // namespace openbar::stand_in

OPENBAR_STANDS_IN(IoGetDmaAdapter, openbar::stand_in::get_adapter)
